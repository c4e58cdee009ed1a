"""Privacy masks: what nobody is to see is painted black before a picture is kept or sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from device import wire
from device.jpeg import Frame, encode_jpeg
from device.picture import Picture
from device.sources.source import SourceError

BLACK: Final = (0, 0, 0)


def mask_picture(picture: Picture, masks: Sequence[wire.Mask], *, quality: int) -> Picture:
    """The picture with its masks painted, as a JPEG that says so in its metadata.

    Without masks it is the picture itself. Raises SourceError for one that cannot be decoded and
    written again: what cannot be masked must not leave the camera.
    """
    if not masks:
        return picture
    try:
        content = _paint_in(picture.content, masks, quality)
    except cv2.error as error:
        raise SourceError(f"The picture cannot be masked: {error.args[0]}") from error
    said = {"masks": len(masks), "version": wire.mask_version(masks)}
    return replace(
        picture,
        content=content,
        media_type="image/jpeg",
        metadata={**picture.metadata, wire.PRIVACY_METADATA: said},
    )


def _paint_in(content: bytes, masks: Sequence[wire.Mask], quality: int) -> bytes:
    coded = np.frombuffer(content, np.uint8)
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    if decoded is None:
        raise SourceError("The picture cannot be decoded to paint its privacy masks.")
    frame = np.asarray(decoded, np.uint8)
    paint(frame, masks)
    return encode_jpeg(frame, quality=quality)


def paint(frame: Frame, masks: Sequence[wire.Mask]) -> None:
    """Fill each polygon, its border included, in the frame itself."""
    height, width = frame.shape[:2]
    for mask in masks:
        corners = np.rint(np.array(mask) * (width - 1, height - 1)).astype(np.int32)
        cv2.fillPoly(frame, [corners], BLACK)
