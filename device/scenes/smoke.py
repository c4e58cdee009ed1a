"""Smoke over a finished picture: a plume of layered noise that rises and widens."""

from typing import Final

import cv2
import numpy as np

from device.scenes.solids import Floats, clip
from device.scenes.surfaces import fractal

COARSE: Final = 4
SMOKE: Final = np.float32(0.42)


def add_smoke(light: Floats, seconds: float, source: tuple[float, float]) -> Floats:
    """The light seen through smoke that rises from `source`, in fractions of width and height."""
    height, width = light.shape[:2]
    thick = cv2.resize(
        _density(height // COARSE, width // COARSE, seconds, source),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    share = clip(np.asarray(thick, np.float32), 0, 0.93)[..., None]
    seen: Floats = light * (1 - share) + SMOKE * share
    return seen


def _density(height: int, width: int, seconds: float, source: tuple[float, float]) -> Floats:
    x, y = np.meshgrid(
        np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32)
    )
    rise = np.maximum(np.float32(source[1]) - y, 0)
    drift = np.float32(seconds * 0.11)
    sway = 0.06 * fractal(x * 0.5 + drift, y * 1.6 + drift) * (0.3 + 2 * rise)
    aside = (x - np.float32(source[0]) + sway + 0.12 * rise) / (0.025 + 0.34 * rise)
    body = np.exp(-(aside**2)) * clip(rise * 14, 0, 1)
    curl = fractal(x * 3.2 + 0.4 * sway, y * 2.4 + drift * 3)
    wisps = fractal(x * 8 + 3 * sway, y * 6 + drift * 5)
    density: Floats = body * clip(0.85 + 0.5 * curl + 0.25 * wisps, 0, 1.4)
    return density.astype(np.float32)
