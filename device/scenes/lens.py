"""From light to a camera's picture: unsteady hold, dim corners, film curve, noise, and the stamp.

The film curve is Narkowicz's fit of the ACES tone curve (2015).
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from device.jpeg import Frame
from device.scenes.solids import Floats

STEPS: Final = 4096
BRIGHTEST: Final = 4.0
NOISE_MARGIN: Final = 64
UNSTEADY: Final = (4e-4, 3e-4, 0.012)
"""How far the hold wanders: right and down as shares of the width, and degrees."""

FARTHEST: Final = 1.2e-3
STAMP: Final = "SIMULATED"


@dataclass(frozen=True)
class Exposure:
    """`gain` brightens the picture, and its noise with it; `noise` is in grey levels of 255."""

    gain: float = 1.0
    noise: float = 1.6


def photograph(light: Floats, exposure: Exposure, dice: np.random.Generator) -> Frame:
    """The finished frame but for its stamp."""
    held = _shake(light * _vignette(*light.shape[:2]), dice)
    steps = np.minimum(held * np.float32(exposure.gain * STEPS / BRIGHTEST), STEPS - 1)
    frame = _film()[steps.astype(np.uint16)]
    return _add_noise(frame, exposure.noise, dice)


def cover(frame: Frame, dice: np.random.Generator) -> Frame:
    """What a camera sees with something held close before its lens: a dull, uneven dark."""
    small = cv2.resize(frame, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
    dull = cv2.GaussianBlur(small, (0, 0), 6) * np.float32(0.07)
    rows, columns = np.mgrid[0:18, 0:32].astype(np.float32)
    glow = np.exp(-((columns - 33) ** 2 / 90 + (rows - 3) ** 2 / 60))[..., None]
    lit = dull + np.array([10, 14, 24], np.float32) + glow * np.array([16, 26, 70], np.float32)
    large = cv2.resize(lit, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_CUBIC)
    return _add_noise(np.clip(large, 0, 255).astype(np.uint8), 2.4, dice)


def stamp(frame: Frame) -> Frame:
    """Say in the picture itself that no camera took it."""
    height, width = frame.shape[:2]
    size = height / 1500
    (long, tall), _ = cv2.getTextSize(STAMP, cv2.FONT_HERSHEY_DUPLEX, size, 1)
    place = (width - long - height // 45, height - height // 45)
    corner = frame[place[1] - tall - 8 : place[1] + 8, place[0] - 8 :]
    corner[:] = (corner * 0.6).astype(np.uint8)
    cv2.putText(frame, STAMP, place, cv2.FONT_HERSHEY_DUPLEX, size, (235, 235, 235), 1, cv2.LINE_AA)
    return frame


def _shake(light: Floats, dice: np.random.Generator) -> Floats:
    height, width = light.shape[:2]
    right, down, turn = dice.normal(0, UNSTEADY)
    hold = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.006)
    hold[:, 2] += np.clip((right, down), -FARTHEST, FARTHEST) * width
    held = cv2.warpAffine(
        light, hold, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(held, np.float32)


def _add_noise(frame: Frame, strength: float, dice: np.random.Generator) -> Frame:
    height, width = frame.shape[:2]
    grain = _grain(height + NOISE_MARGIN, width + NOISE_MARGIN)
    top, left = dice.integers(0, NOISE_MARGIN, 2)
    part = grain[top : top + height, left : left + width]
    noisy = cv2.addWeighted(frame, 1.0, part, strength, 0, dtype=cv2.CV_8U)
    return np.asarray(noisy, np.uint8)


@cache
def _grain(height: int, width: int) -> Floats:
    dice = np.random.default_rng(3)
    grain = dice.standard_normal((height, width, 3), dtype=np.float32)
    blurred = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.6), np.float32)
    return blurred / np.float32(blurred.std())


@cache
def _vignette(height: int, width: int) -> Floats:
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    dim: Floats = 1 - np.float32(0.2) * (rows**2 * np.float32(0.6) + columns**2) ** 2
    return dim[..., None]


@cache
def _film() -> Frame:
    light = np.linspace(0, BRIGHTEST, STEPS, dtype=np.float32)
    shown = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    return np.round(255 * np.clip(shown, 0, 1) ** (1 / 2.2)).astype(np.uint8)
