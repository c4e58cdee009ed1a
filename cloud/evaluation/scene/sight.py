"""A small grey picture with what the free tests measure on it: light, sharpness, structure.

A glance is what suffices to learn a camera's usual view from, a sight the whole of it.

It is made of a capture's thumbnail, which is always kept, so that pictures whose full image is gone
can be compared with as well.
"""

import io
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cloud.kit.errors import Malformed

Floats: TypeAlias = NDArray[np.float32]

WIDTH: Final = 320
HEIGHT: Final = 240
FINE, COARSE = 1.0, 4.0  # standard deviations, in pixels of the small picture
BRIGHT: Final = 250
GLANCE: Final = (80, 60)
DARK_NOISE: Final = 0.15  # squared grey levels of structure that are still noise


@dataclass(frozen=True, eq=False)
class Glance:
    """What was measured on one picture, and that squeezed to 80 × 60. About 5 KB.

    `brightest` is the grey level that one pixel in 200 exceeds; `bright_share` is how much of the
    picture is white; `contrast` is the spread of structures larger than a few pixels, in grey
    levels; `sharpness` is the logarithm of how much of that is fine, noise taken off.
    """

    small: NDArray[np.uint8]
    brightest: float
    bright_share: float
    contrast: float
    sharpness: float


@dataclass(frozen=True, eq=False)
class Sight(Glance):
    """A glance with the grey picture itself, whatever its shape was, squeezed to 320 × 240."""

    grey: NDArray[np.uint8]

    @property
    def glance(self) -> Glance:
        """Without the picture."""
        return Glance(self.small, self.brightest, self.bright_share, self.contrast, self.sharpness)


def see(thumbnail: bytes) -> Sight:
    """Look at a thumbnail. Takes about a millisecond. Raises Malformed for what is no JPEG."""
    pixels = _decode(thumbnail)
    grey = pixels.astype(np.float32)
    smooth = _blur(grey, FINE)
    structure = smooth - _blur(grey, COARSE)
    return Sight(
        grey=pixels,
        small=np.asarray(cv2.resize(pixels, GLANCE, interpolation=cv2.INTER_AREA), np.uint8),
        brightest=float(np.quantile(grey, 0.995)),
        bright_share=float(np.mean(grey >= BRIGHT)),
        contrast=float(structure.std()),
        sharpness=_measure_sharpness(grey, smooth, structure),
    )


def _decode(jpeg: bytes) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            image.draft("L", (WIDTH, HEIGHT))
            pixels = np.asarray(image.convert("L"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Malformed("image_undecodable", "The thumbnail is not a complete JPEG.") from error
    small = cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _blur(grey: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)


def _measure_sharpness(grey: Floats, smooth: Floats, structure: Floats) -> float:
    """The share of fine detail, by logarithm: a blur takes that first, less light takes all alike.

    Noise is fine as well. It is everywhere, while detail is at edges: so the median of the fine
    part's size tells the noise, and what exceeds it is detail.
    """
    fine = grey - smooth
    noise = (float(np.median(np.abs(fine))) / 0.6745) ** 2  # of a normal distribution
    detail = max(float(np.mean(fine**2)) - noise, 1e-3)
    return float(np.log(detail / (float(structure.var()) + DARK_NOISE)))
