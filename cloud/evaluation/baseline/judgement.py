"""What the memory says of one picture: the state, how sure that is, and where to look."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cloud.captures.models import State

Box = tuple[float, float, float, float]

UNCERTAIN_FROM: Final = 0.92
ABNORMAL_FROM: Final = 1.0
# How quickly doubt fades away from the middle of the uncertain band. With 12, a verdict at the
# band's edge is about 0.62 sure, one 20 % away from it 0.95.
STEEPNESS: Final = 12.0
HOT: Final = 0.7


@dataclass(frozen=True)
class Judgement:
    """A finding about one picture.

    `score` is the sureness of the state, 0..1. `anomaly` is the strangest place over the
    threshold (1 is on it), light and noise allowed for; `novelty` is the same without that
    allowance. `threshold` is the distance it was measured by. `box` is (x, y, width, height) of
    the strangest place in fractions of the picture, None when normal.
    """

    state: State
    score: float
    anomaly: float
    novelty: float
    threshold: float
    box: Box | None


def decide(anomaly: float) -> tuple[State, float]:
    """Turn strangeness over threshold into a state and how sure it is (0..1)."""
    middle = (UNCERTAIN_FROM + ABNORMAL_FROM) / 2
    abnormal = 1 / (1 + math.exp(-STEEPNESS * (anomaly - middle)))
    if anomaly >= ABNORMAL_FROM:
        return State.ABNORMAL, abnormal
    if anomaly < UNCERTAIN_FROM:
        return State.NORMAL, 1 - abnormal
    return State.UNCERTAIN, 1 - abs(2 * abnormal - 1)


def draw_box(strangeness: NDArray[np.float32]) -> Box:
    """Bound the patches that hang together with the strangest one and are nearly as strange."""
    rows, columns = strangeness.shape
    hot = (strangeness >= HOT * strangeness.max()).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(hot, connectivity=8)
    row, column = np.unravel_index(int(strangeness.argmax()), strangeness.shape)
    left, top, width, height, _ = (int(value) for value in stats[labels[row, column]])
    return left / columns, top / rows, width / columns, height / rows
