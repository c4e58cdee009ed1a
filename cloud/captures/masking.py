"""Privacy masks on arrival: the camera is to paint them, and the cloud takes nobody's word for it.

A picture counts as masked by its camera when the camera names the very masks in force and their
areas are black. Any other picture is painted here, before it is stored: whatever the camera has
heard of or does, nothing under a mask is ever kept. The capture says who painted it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from device.wire import PRIVACY_METADATA, Mask, mask_version

BLACK_UP_TO: Final = 24
"""Of 255, for each pixel: black paint after JPEG, far darker than a scene in the dark."""

RIM: Final = 16
"""Pixels inside a mask's edge that JPEG may have lit: one block of its colour, at half size."""


class MaskedBy(StrEnum):
    """Who painted the masks."""

    CAMERA = "camera"
    CLOUD = "cloud"


@dataclass(frozen=True)
class Masks:
    """The masks in force when a picture came. `are_named`: the camera says that it painted them."""

    polygons: tuple[Mask, ...] = ()
    are_named: bool = False

    def are_painted_on(self, picture: Image.Image, full_size: tuple[int, int]) -> bool:
        """Whether the camera painted them all. `picture` may be smaller than `full_size`."""
        if not self.polygons:
            return True
        rim = math.ceil(RIM * max(picture.width / full_size[0], picture.height / full_size[1])) + 1
        pixels = np.asarray(picture)
        return self.are_named and all(_is_black(pixels, each, rim) for each in self.polygons)


def masks_for(polygons: tuple[Mask, ...], metadata: Mapping[str, Any]) -> Masks:
    """The masks in force, beside what the camera says of its picture."""
    said = metadata.get(PRIVACY_METADATA)
    version = said.get("version") if isinstance(said, dict) else None
    return Masks(polygons, are_named=version == mask_version(polygons))


NO_MASKS: Final = Masks()


def version_of(polygons: tuple[Mask, ...]) -> str:
    """Which masks these are, in a word; an empty one where there are none."""
    return mask_version(polygons) if polygons else ""


def versions_under(polygons: tuple[Mask, ...]) -> list[str]:
    """The versions that covered no more than these: masks are added at the end of their list."""
    return [version_of(polygons[:count]) for count in range(len(polygons) + 1)]


def paint(picture: Image.Image, masks: Masks) -> None:
    """Make every mask black, its edge included, in the upright 8-bit picture itself."""
    for polygon in masks.polygons:
        picture.paste("black", mask=Image.fromarray(_cover(polygon, picture.size)))


def _is_black(pixels: NDArray[Any], polygon: Mask, rim: int) -> bool:
    """One too narrow to have an inside cannot be seen to be painted, and counts as not."""
    covered = _cover(polygon, (pixels.shape[1], pixels.shape[0]))
    inside = cv2.erode(covered, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)).astype(bool)
    return bool(inside.any()) and int(pixels[inside].max()) <= BLACK_UP_TO


def _cover(polygon: Mask, size: tuple[int, int]) -> NDArray[np.uint8]:
    """255 where the polygon is, height × width, rounded as the camera rounds it."""
    corners = np.rint(np.array(polygon) * (size[0] - 1, size[1] - 1)).astype(np.int32)
    covered = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(covered, [corners], (255,))
    return covered
