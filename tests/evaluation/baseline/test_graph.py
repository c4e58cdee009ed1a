import cv2
import numpy as np
import pytest

from cloud.evaluation.baseline.graph import INPUT, name_stage, write_onnx
from cloud.evaluation.baseline.protobuf import write_bytes, write_integer
from cloud.evaluation.baseline.weights import load_shipped


@pytest.mark.parametrize(
    ("value", "raw"), [(0, b"\x08\x00"), (127, b"\x08\x7f"), (300, b"\x08\xac\x02")]
)
def test_integers_are_written_seven_bits_a_byte(value: int, raw: bytes) -> None:
    assert write_integer(1, value) == raw


def test_texts_are_written_with_their_length_in_bytes() -> None:
    assert write_bytes(2, "é") == b"\x12\x02\xc3\xa9"


def test_the_network_gives_every_tapped_stage_at_its_scale() -> None:
    onnx = write_onnx(load_shipped(), 64, (2, 4))
    network = cv2.dnn.readNetFromONNX(np.frombuffer(onnx, np.uint8))
    network.setInput(np.zeros((1, 3, 64, 64), np.float32), INPUT)
    fine, coarse = network.forward([name_stage(2), name_stage(4)])
    assert np.shape(fine) == (1, 40, 8, 8)
    assert np.shape(coarse) == (1, 112, 4, 4)


def test_an_odd_side_is_rounded_up_at_each_stride() -> None:
    onnx = write_onnx(load_shipped(), 75, (1,))
    network = cv2.dnn.readNetFromONNX(np.frombuffer(onnx, np.uint8))
    network.setInput(np.zeros((1, 3, 75, 75), np.float32), INPUT)
    (stage,) = network.forward([name_stage(1)])
    assert np.shape(stage) == (1, 24, 19, 19)
