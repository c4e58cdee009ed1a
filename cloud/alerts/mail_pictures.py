"""The picture that a mail shows: sharp on any screen, yet small enough for every mailbox."""

import io

from PIL import Image

from cloud.captures.bare_image import BrokenImage
from cloud.captures.decoding import decode_reduced_jpeg
from cloud.captures.models import Capture
from cloud.kit.errors import Problem
from cloud.kit.processor import compute
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store

LARGEST = (1120, 1120)
"""In pixels: twice the width at which a mail shows it."""

QUALITY = 80


async def fetch_picture(store: Store, capture: Capture) -> bytes | None:
    """The capture's picture as a JPEG for a mail; else its thumbnail; None where neither is kept.

    A store that does not answer counts as one without the picture: the words are what matters.
    """
    place = (capture.organization_id, capture.received_at, capture.id)
    try:
        if capture.image_stored:
            jpeg = await store.get(image_key(*place))
            return await compute(shrink_picture, jpeg, (capture.width, capture.height))
    except (Problem, BrokenImage):
        pass
    try:
        return await store.get(thumbnail_key(*place))
    except Problem:
        return None


def shrink_picture(jpeg: bytes, size: tuple[int, int]) -> bytes:
    """The picture of this size fit in 1120 × 1120. Raises BrokenImage."""
    picture = decode_reduced_jpeg(jpeg, size, LARGEST)
    picture.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    picture.info.clear()
    coded = io.BytesIO()
    picture.save(coded, "JPEG", quality=QUALITY)
    return coded.getvalue()
