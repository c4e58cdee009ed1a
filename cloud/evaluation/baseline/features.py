"""What a picture looks like, patch by patch: small enough to keep in a database row.

Each patch is described by what the middle of the network sees there and around it, at two
scales: the fine one finds small things, the coarse one knows what things are. Descriptions have
length 1 at most and are rounded to 1/64, so a kept one equals a fresh one to the last bit.
"""

import io
import zlib
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cloud.captures.masking import NO_MASKS, Masks, paint
from cloud.evaluation.baseline.network import SIDE, run
from cloud.kit.errors import Malformed

Grid: TypeAlias = NDArray[np.int8]

FINE_SHAPE: Final = (40, 40, 40)
COARSE_SHAPE: Final = (20, 20, 112)
STEPS: Final = 64  # a description of length 1 is 64 long
FORMAT: Final = b"VPF1"  # changes with the network, so that older rows are made anew

# The mean length of a description over everyday pictures, per scale. A weaker patch is plain
# (a wall, asphalt): the direction of what little is seen there is mostly noise.
FINE_STRENGTH: Final = 27.0
COARSE_STRENGTH: Final = 36.5


class FeaturesUnreadableError(Exception):
    """Kept features are cut or of an older format: extract them from the capture again."""


@dataclass(frozen=True, eq=False)
class Features:
    """The patches of one picture: `fine` (40, 40, 40) and `coarse` (20, 20, 112), in 1/64."""

    fine: Grid
    coarse: Grid


def extract(jpeg: bytes, masks: Masks = NO_MASKS) -> Features:
    """Describe the patches of a JPEG of any size, masked. Takes tens of milliseconds of CPU.

    Raises Malformed if the JPEG cannot be decoded to its end.
    """
    fine, coarse = run(_decode(jpeg, masks))
    return Features(_describe(fine, FINE_STRENGTH), _describe(coarse, COARSE_STRENGTH))


def pack(features: Features) -> bytes:
    """Write features compactly, about 70 KB."""
    return FORMAT + zlib.compress(features.fine.tobytes() + features.coarse.tobytes(), level=1)


def unpack(packed: bytes) -> Features:
    """Read what `pack` wrote. Raises FeaturesUnreadableError for anything else."""
    if not packed.startswith(FORMAT):
        raise FeaturesUnreadableError("these features are of another format")
    fine_size, coarse_size = np.prod(FINE_SHAPE), np.prod(COARSE_SHAPE)
    try:
        values = np.frombuffer(zlib.decompress(packed[len(FORMAT) :]), np.int8)
    except zlib.error as error:
        raise FeaturesUnreadableError(f"these features cannot be unpacked: {error}") from error
    if values.size != fine_size + coarse_size:
        raise FeaturesUnreadableError(f"these features hold {values.size} numbers")
    return Features(
        values[:fine_size].reshape(FINE_SHAPE), values[fine_size:].reshape(COARSE_SHAPE)
    )


def _decode(jpeg: bytes, masks: Masks) -> NDArray[np.uint8]:
    """Decode no larger than needed, then squeeze to the square that the network takes."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            image.draft("RGB", (SIDE, SIDE))
            picture = image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Malformed("image_undecodable", "The picture is not a complete JPEG.") from error
    paint(picture, masks)
    squeezed = cv2.resize(np.asarray(picture), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(squeezed, np.uint8)


def _describe(patches: NDArray[np.float32], strength: float) -> Grid:
    """Mix each patch with its neighbours (as PatchCore does) and bring it to length 1 or less."""
    mixed = np.asarray(cv2.blur(patches, (3, 3)))
    length = np.linalg.norm(mixed, axis=-1, keepdims=True)
    description = mixed / np.maximum(length, strength)
    return np.asarray(np.rint(description * STEPS), np.int8)
