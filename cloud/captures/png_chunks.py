"""PNG files, chunk by chunk: the size from the header, and only the chunks that hold the picture.

A PNG is a signature and a row of chunks: length, type, data, checksum (W3C PNG, section 5). Text,
colour profiles, animation and anything unknown are left out; every checksum is verified on the way.
"""

import struct
import zlib
from collections.abc import Iterator

from cloud.captures.bare_image import BareImage, BrokenImage
from cloud.captures.exif_orientation import UPRIGHT, read_orientation

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = (b"IHDR", b"PLTE", b"tRNS")
_COMPRESSED = (b"iCCP", b"zTXt")
_MOST_CHUNKS = 65_536
_MOST_INFLATED = 1 << 20  # bytes of a compressed text or profile


def read_png_size(upload: bytes) -> tuple[int, int]:
    """Width and height in pixels from the header chunk. Raises BrokenImage where there is none."""
    if upload[12:16] != b"IHDR" or len(upload) < 24:  # noqa: PLR2004 - up to the height's last byte
        raise BrokenImage("has no header chunk")
    width, height = struct.unpack_from(">II", upload, 16)
    return width, height


def strip_png(upload: bytes) -> BareImage:
    """The same picture in its critical chunks alone; its image data joined into one chunk.

    Raises BrokenImage for a cut file, a wrong checksum, or text that inflates without end.
    """
    kept: list[bytes] = []
    image_data: list[bytes] = []
    orientation = UPRIGHT
    for kind, data in _read_chunks(upload):
        if kind in _PICTURE:
            kept.append(_write(kind, data))
        elif kind == b"IDAT":
            image_data.append(data)
        elif kind == b"eXIf":
            orientation = read_orientation(data)
        elif kind in _COMPRESSED:
            _refuse_bomb(data)
    kept += [_write(b"IDAT", b"".join(image_data)), _write(b"IEND", b"")]
    return BareImage(_SIGNATURE + b"".join(kept), orientation, storable=False)


def _read_chunks(upload: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        length = int.from_bytes(upload[position : position + 4])
        kind = upload[position + 4 : position + 8]
        data = upload[position + 8 : position + 8 + length]
        checksum = upload[position + 8 + length : position + 12 + length]
        if len(checksum) != 4:  # noqa: PLR2004 - bytes of a CRC
            raise BrokenImage("is cut: it has no end chunk")
        if zlib.crc32(kind + data) != int.from_bytes(checksum):
            raise BrokenImage("is damaged: a checksum is wrong")
        if kind == b"IEND":
            return
        yield kind, data
        position += 12 + length
    raise BrokenImage("has more chunks than a camera writes")


def _refuse_bomb(data: bytes) -> None:
    """Refuse a compressed chunk of an unknown method, or one that inflates past its limit."""
    _, _, coded = data.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        inflater.decompress(coded[1:], _MOST_INFLATED)
    except zlib.error:
        raise BrokenImage("has a damaged profile or text") from None
    if coded[:1] != b"\0" or inflater.unconsumed_tail:
        raise BrokenImage("has a profile or text that cannot be read")


def _write(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
