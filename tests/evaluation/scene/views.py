"""A drawn camera's day, and everything that can go wrong with it, as thumbnails."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from cloud.captures.images import ImageLimits, prepare
from cloud.evaluation.scene.sight import Sight, see
from tests.evaluation.baseline.drawing import Picture, draw_bench, photograph

LIMITS: Final = ImageLimits(max_bytes=1 << 24, max_pixels=1 << 24)


def see_jpeg(jpeg: bytes) -> Sight:
    return see(prepare(jpeg, LIMITS).thumbnail)


def see_bench(seed: int = 0, *, gain: float = 1.0, noise: float = 3.0, mug: bool = False) -> Sight:
    return see_jpeg(photograph(draw_bench(mug=mug), seed, gain=gain, noise=noise))


def shift(picture: Picture, share: float) -> Picture:
    height, width = picture.shape[:2]
    far = np.array([[1, 0, share * width], [0, 1, share * height / 2]], np.float32)
    return np.asarray(
        cv2.warpAffine(picture, far, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def tilt(picture: Picture, degrees: float) -> Picture:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def blur(picture: Picture, share: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), share * picture.shape[1]), np.uint8)


def cloth(picture: Picture) -> Picture:
    return np.full_like(picture, (90, 110, 140))


SPOILED: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "black": ("too_dark", lambda: photograph(draw_bench(), 1, gain=0.0)),
    "nearly black": ("too_dark", lambda: photograph(draw_bench(), 1, gain=0.03)),
    "white": ("overexposed", lambda: photograph(draw_bench(), 1, gain=4.0)),
    "out of focus": ("blurred", lambda: photograph(blur(draw_bench(), 0.01), 1)),
    "far out of focus": ("blurred", lambda: photograph(blur(draw_bench(), 0.02), 1)),
    "cloth before the lens": ("covered", lambda: photograph(cloth(draw_bench()), 1)),
    "pushed a little": ("moved", lambda: photograph(shift(draw_bench(), 0.12), 1)),
    "pushed far": ("moved", lambda: photograph(shift(draw_bench(), 0.3), 1)),
    "tilted": ("moved", lambda: photograph(tilt(draw_bench(), 20), 1)),
}
"""By name: what is wrong, and the picture."""
