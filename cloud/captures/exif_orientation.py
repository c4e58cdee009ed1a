"""Which way up the camera was held: the one EXIF tag that matters, read without trusting the rest.

Layout after TIFF 6.0 and EXIF 2.32: byte order, offset of the first directory, and in it entries of
twelve bytes. Whatever is odd about a block means "upright": a picture is not refused for its EXIF.
"""

import struct

UPRIGHT = 1
EXIF_HEADER = b"Exif\0\0"
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION_TAG = 0x0112
_SHORT = 3
_MOST_ENTRIES = 512


def read_orientation(block: bytes) -> int:
    """The orientation, 1..8, of an EXIF block with or without its `Exif` header."""
    tiff = block.removeprefix(EXIF_HEADER)
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        return _search_directory(tiff, order)
    except struct.error:
        return UPRIGHT


def _search_directory(tiff: bytes, order: str) -> int:
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for index in range(min(count, _MOST_ENTRIES)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * index)
        if tag == _ORIENTATION_TAG:
            return value if kind == _SHORT and 1 <= value <= 8 else UPRIGHT  # noqa: PLR2004 - the tag's range
    return UPRIGHT
