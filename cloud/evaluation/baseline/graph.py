"""Writes the network as ONNX, so that OpenCV can run it.

EfficientNet-Lite0 (Tan and Le 2019; the Lite variant drops squeeze-and-excite and uses ReLU6) is
a stem and seven stages of inverted bottlenecks. Visant looks only at what the middle of it sees,
so the graph stops after the fifth stage. Batch normalisation is folded into the convolutions.
ONNX is a protobuf message; the numbers below are its field numbers (onnx.proto3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.evaluation.baseline.protobuf import write_bytes, write_integer
from cloud.evaluation.baseline.weights import Weights

INPUT: Final = "picture"
STEM_CHANNELS: Final = 32
BATCH_NORM_EPSILON: Final = 1e-3
IR_VERSION: Final = 8
OPSET: Final = 13
FLOAT: Final = 1  # TensorProto.DataType
ATTRIBUTE_INT: Final = 2  # AttributeProto.AttributeType
ATTRIBUTE_INTS: Final = 7


@dataclass(frozen=True)
class Stage:
    """Blocks of one shape that follow each other; only the first one strides."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES: Final = (
    Stage(blocks=1, kernel=3, stride=1, expansion=1, channels=16),
    Stage(blocks=2, kernel=3, stride=2, expansion=6, channels=24),
    Stage(blocks=2, kernel=5, stride=2, expansion=6, channels=40),
    Stage(blocks=3, kernel=3, stride=2, expansion=6, channels=80),
    Stage(blocks=3, kernel=5, stride=1, expansion=6, channels=112),
)


@dataclass(frozen=True)
class _Value:
    """Something that flows along the graph: a square grid of `side` and its channels."""

    name: str
    side: int
    channels: int


def write_onnx(weights: Weights, side: int, tapped: Iterable[int]) -> bytes:
    """Write the network for one RGB picture, shape (1, 3, side, side), values about -1..1.

    Its outputs are those of the `tapped` stages (0 is the first), named by `name_stage`, each of
    shape (1, channels, h, w).
    """
    graph = _Graph(weights)
    value = graph.convolve(
        _Value(INPUT, side, 3), "_conv_stem", "_bn0", kernel=3, stride=2, clipped=True
    )
    outputs, block = {}, 0
    for number, stage in enumerate(STAGES):
        for nth in range(stage.blocks):
            value = graph.add_block(value, f"_blocks.{block}", stage, first=nth == 0)
            block += 1
        outputs[number] = value
    kept = [graph.rename(outputs[number], name_stage(number)) for number in sorted(set(tapped))]
    return _write_model(graph, _Value(INPUT, side, 3), kept)


def name_stage(number: int) -> str:
    """Name the output of a stage."""
    return f"stage{number}"


@dataclass
class _Graph:
    """Nodes and constants in the order in which they are needed."""

    weights: Weights
    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, bound in (("zero", 0.0), ("six", 6.0)):
            self.constants.append(_write_tensor(name, np.array(bound, np.float32)))

    def add_block(self, value: _Value, prefix: str, stage: Stage, *, first: bool) -> _Value:
        """Widen, look around per channel, narrow again; every block but a stage's first adds up."""
        wide = value
        if stage.expansion > 1:
            wide = self.convolve(
                value, f"{prefix}._expand_conv", f"{prefix}._bn0", kernel=1, clipped=True
            )
        seen = self.convolve(
            wide,
            f"{prefix}._depthwise_conv",
            f"{prefix}._bn1",
            kernel=stage.kernel,
            stride=stage.stride if first else 1,
            groups=wide.channels,
            clipped=True,
        )
        narrow = self.convolve(seen, f"{prefix}._project_conv", f"{prefix}._bn2", kernel=1)
        if first:
            return narrow
        return self._add_node("Add", [narrow.name, value.name], narrow, f"{prefix}.sum")

    def convolve(
        self,
        value: _Value,
        conv: str,
        norm: str,
        *,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        clipped: bool = False,
    ) -> _Value:
        """Convolve with the normalisation folded in; `clipped` adds ReLU6. Padding is "same"."""
        weight, bias = _fold(self.weights, f"{conv}.weight", norm)
        self.constants += [
            _write_tensor(f"{conv}.w", weight),
            _write_tensor(f"{conv}.b", bias),
        ]
        side = -(-value.side // stride)
        padding = max((side - 1) * stride + kernel - value.side, 0)
        before, after = padding // 2, padding - padding // 2
        attributes = [
            _write_numbers("kernel_shape", [kernel, kernel]),
            _write_numbers("strides", [stride, stride]),
            _write_numbers("pads", [before, before, after, after]),
            _write_number("group", groups),
        ]
        inputs = [value.name, f"{conv}.w", f"{conv}.b"]
        result = _Value(conv, side, weight.shape[0])
        result = self._add_node("Conv", inputs, result, conv, attributes)
        if not clipped:
            return result
        return self._add_node("Clip", [conv, "zero", "six"], result, f"{conv}.relu6")

    def rename(self, value: _Value, name: str) -> _Value:
        """Give a value a name of its own."""
        return self._add_node("Identity", [value.name], value, name)

    def _add_node(
        self,
        operation: str,
        inputs: Sequence[str],
        like: _Value,
        name: str,
        attributes: Sequence[bytes] = (),
    ) -> _Value:
        self.nodes.append(
            b"".join(write_bytes(1, text) for text in inputs)
            + write_bytes(2, name)
            + write_bytes(3, name)
            + write_bytes(4, operation)
            + b"".join(write_bytes(5, attribute) for attribute in attributes)
        )
        return _Value(name, like.side, like.channels)


def _fold(
    weights: Weights, conv: str, norm: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Merge a convolution and the batch normalisation after it into one weight and bias."""
    gain, shift, mean, variance = (
        weights[f"{norm}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
    weight = weights[conv] * scale[:, None, None, None]
    return weight.astype(np.float32), (shift - mean * scale).astype(np.float32)


def _write_tensor(name: str, values: NDArray[np.float32]) -> bytes:
    sides = b"".join(write_integer(1, side) for side in values.shape)
    raw = values.astype("<f4").tobytes()
    return sides + write_integer(2, FLOAT) + write_bytes(8, name) + write_bytes(9, raw)


def _write_number(name: str, value: int) -> bytes:
    return write_bytes(1, name) + write_integer(3, value) + write_integer(20, ATTRIBUTE_INT)


def _write_numbers(name: str, values: Sequence[int]) -> bytes:
    numbers = b"".join(write_integer(8, value) for value in values)
    return write_bytes(1, name) + numbers + write_integer(20, ATTRIBUTE_INTS)


def _write_value(value: _Value) -> bytes:
    sides = (1, value.channels, value.side, value.side)
    shape = b"".join(write_bytes(1, write_integer(1, side)) for side in sides)
    return write_bytes(1, value.name) + write_bytes(
        2, write_bytes(1, write_integer(1, FLOAT) + write_bytes(2, shape))
    )


def _write_model(graph: _Graph, given: _Value, outputs: Sequence[_Value]) -> bytes:
    body = (
        b"".join(write_bytes(1, node) for node in graph.nodes)
        + write_bytes(2, "efficientnet-lite0")
        + b"".join(write_bytes(5, constant) for constant in graph.constants)
        + write_bytes(11, _write_value(given))
        + b"".join(write_bytes(12, _write_value(value)) for value in outputs)
    )
    return (
        write_integer(1, IR_VERSION)
        + write_bytes(7, body)
        + write_bytes(8, write_integer(2, OPSET))
    )
