"""Runs the picture network: one per process, made when first asked for."""

from functools import cache
from threading import Lock
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cloud.evaluation.baseline.graph import INPUT, name_stage, write_onnx
from cloud.evaluation.baseline.weights import load_shipped

SIDE: Final = 320
FINE: Final = 2
COARSE: Final = 4

_turn: Final = Lock()


def run(picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Describe the patches of one RGB picture (320, 320, 3) at two scales.

    Returns (40, 40, 40) and (20, 20, 112): rows, columns, channels. Threads take turns, for
    OpenCV's networks keep their working memory inside; it uses every core for one picture.
    """
    scaled = (picture.astype(np.float32) - 127) / 128
    blob = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])
    with _turn:
        network = _load_network()
        network.setInput(blob, INPUT)
        # OpenCV 5 wants every output asked for, and in one call.
        outputs = network.forward([name_stage(FINE), name_stage(COARSE)])
        fine, coarse = (np.array(output[0], np.float32) for output in outputs)
    return fine.transpose(1, 2, 0), coarse.transpose(1, 2, 0)


@cache
def _load_network() -> cv2.dnn.Net:
    onnx = write_onnx(load_shipped(), SIDE, (FINE, COARSE))
    return cv2.dnn.readNetFromONNX(np.frombuffer(onnx, np.uint8))
