"""How much one picture differs from another where it differs most, whatever the light is.

Whole-picture hashes are blind to things of a few per cent of the picture. So the difference is
looked for place by place: brightness that changes slowly over the picture is taken off, a shift of
a pixel is no difference, and what is left is averaged over windows the size of the smallest thing
that matters.
"""

from typing import Final

import cv2
import numpy as np

from cloud.evaluation.scene.sight import Floats, Sight

NOISE_SIGMA: Final = 1.2  # pixels of the small picture, 320 x 240
LIGHT_SIGMA: Final = 12.0
WINDOW: Final = 7  # about 2 % of the width
LEAST_SPREAD: Final = 32.0  # grey levels; in a duller picture everything is small
REACH: Final = np.ones((3, 3), np.uint8)

MOST_CHANGE: Final = 0.065
"""Noise, shake and passing light stay below; the least of the events measured reaches 0.29."""


def looks_same(one: Sight, other: Sight) -> bool:
    """Whether a verdict on the one picture holds for the other."""
    return measure_change(one, other) <= MOST_CHANGE


def measure_change(one: Sight, other: Sight) -> float:
    """The largest difference of any window, as a share of the lights that the pictures span."""
    mine, theirs = _flatten(one), _flatten(other)
    apart = np.maximum(_stands_out(mine, theirs), _stands_out(theirs, mine))
    windows = cv2.blur(apart**2, (WINDOW, WINDOW))
    return float(np.sqrt(windows.max()))


def _flatten(sight: Sight) -> Floats:
    """The picture without noise and slow light, its contrast brought to that of all others."""
    grey = sight.grey.astype(np.float32)
    low, high = np.quantile(grey, (0.05, 0.95))
    smooth = cv2.GaussianBlur(grey, (0, 0), NOISE_SIGMA)
    flat = smooth - cv2.GaussianBlur(grey, (0, 0), LIGHT_SIGMA)
    return np.asarray(flat / max(float(high - low), LEAST_SPREAD), np.float32)


def _stands_out(one: Floats, other: Floats) -> Floats:
    """How far each pixel of the one lies outside of what the other has within a pixel of it."""
    above = one - cv2.dilate(other, REACH)
    below = cv2.erode(other, REACH) - one
    return np.asarray(np.maximum(np.maximum(above, below), 0), np.float32)
