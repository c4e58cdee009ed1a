"""Turning a frame of pixels into the bytes of a JPEG."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""Height × width × 3, blue green red, as OpenCV has it."""

QUALITY_STEP: Final = 8
LOWEST_QUALITY: Final = 30


def encode_jpeg(frame: Frame, *, quality: int, at_most: int | None = None) -> bytes:
    """The frame as a JPEG; with `at_most` bytes asked for, quality gives way until it fits.

    Raises cv2.error for one that no JPEG can hold.
    """
    while True:
        done, encoded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise cv2.error("its size or colours fit into no JPEG")
        if at_most is None or encoded.size <= at_most or quality <= LOWEST_QUALITY:
            return encoded.tobytes()
        quality = max(quality - QUALITY_STEP, LOWEST_QUALITY)


def fit_frame(frame: Frame, width: int, height: int) -> Frame:
    """The frame no larger than width × height, its proportions kept; never enlarged."""
    scale = min(width / frame.shape[1], height / frame.shape[0])
    if scale >= 1:
        return frame
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
