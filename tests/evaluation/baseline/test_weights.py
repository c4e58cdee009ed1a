import io
import os
import pickle
import struct
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from cloud.evaluation.baseline.weights import MAGIC, WeightsUnreadableError, load, load_shipped


class Call:
    """Pickles as a call of a function: what a hostile file would do."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.getcwd, ()


def write(table: object, *, magic: int = MAGIC) -> io.BytesIO:
    parts = [magic, 1001, {"little_endian": True}, table, []]
    return io.BytesIO(b"".join(pickle.dumps(part, protocol=2) for part in parts))


def test_the_shipped_weights_hold_the_network() -> None:
    weights = load_shipped()
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_blocks.10._project_conv.weight"].shape == (112, 672, 1, 1)
    assert all(np.isfinite(values).all() for values in weights.values())


def test_a_class_that_is_no_tensor_is_refused() -> None:
    with pytest.raises(WeightsUnreadableError, match="getcwd"):
        load(write(OrderedDict(evil=Call())))


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(WeightsUnreadableError, match="legacy checkpoint"):
        load(write(OrderedDict(), magic=7))


@pytest.mark.parametrize("raw", [b"", struct.pack("<q", 5), b"PK\x03\x04 a newer checkpoint"])
def test_a_file_that_is_no_pickle_is_refused(raw: bytes) -> None:
    with pytest.raises(WeightsUnreadableError):
        load(io.BytesIO(raw))


def test_an_empty_table_holds_no_weights() -> None:
    assert load(write(OrderedDict())) == {}
