"""A picture's likeness in 64 bits: alike pictures have alike hashes."""

import numpy as np
from PIL import Image

_BITS = 64
_MASK = (1 << _BITS) - 1


def hash_picture(image: Image.Image) -> int:
    """The difference hash of a grey or RGB picture (N. Krawetz, "Kind of Like That", 2013).

    Each bit says whether one of 8 x 8 areas is darker than its right neighbour. Given as the signed
    64-bit number that a database's bigint holds.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.BOX)
    grey = np.asarray(small, dtype=np.int16)
    bits = np.packbits(grey[:, 1:] > grey[:, :-1])
    return int.from_bytes(bits.tobytes(), signed=True)


def hash_distance(one: int, other: int) -> int:
    """How many of the 64 bits differ, 0 (alike) to 64."""
    return ((one ^ other) & _MASK).bit_count()
