"""WebP files, chunk by chunk: the size from the header, and only the chunks that hold the picture.

A WebP is a RIFF container (WebP Container Specification): a plain lossy (`VP8 `) or lossless
(`VP8L`) picture, or an extended one (`VP8X`) with alpha, profile, EXIF, XMP or animation. What is
kept is rebuilt as the plainest container that holds it.
"""

import struct
from collections.abc import Iterator

from cloud.captures.bare_image import BareImage, BrokenImage
from cloud.captures.exif_orientation import read_orientation

_MOST_CHUNKS = 256
_ALPHA_FLAG = 0x10


def read_webp_size(upload: bytes) -> tuple[int, int]:
    """Width and height in pixels from the first chunk. Raises BrokenImage where it has none."""
    kind, head = upload[12:16], upload[20:30]
    if len(head) != 10:  # noqa: PLR2004 - as many bytes as the longest of the three headers
        raise BrokenImage("has no header")
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L" and head[0] == 0x2F:  # noqa: PLR2004 - the lossless signature
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise BrokenImage("has no header")


def strip_webp(upload: bytes) -> BareImage:
    """The same picture with its alpha, without profile, metadata or trailing bytes.

    Raises BrokenImage for a cut file and for an animation, which holds no still.
    """
    chunks: dict[bytes, bytes] = {}
    for kind, data in _read_chunks(upload):
        chunks.setdefault(kind, data)
    orientation = read_orientation(chunks.get(b"EXIF", b""))
    return BareImage(_rebuild(chunks), orientation, storable=False)


def _read_chunks(upload: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + int.from_bytes(upload[4:8], "little")
    if end > len(upload):
        raise BrokenImage("is cut: it is shorter than it says")
    position = 12
    for _ in range(_MOST_CHUNKS):
        if position + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", upload, position)
        data = upload[position + 8 : min(position + 8 + length, end)]
        if len(data) != length:
            raise BrokenImage("is cut inside a chunk")
        yield kind, data
        position += 8 + length + length % 2
    raise BrokenImage("has more chunks than a camera writes")


def _rebuild(chunks: dict[bytes, bytes]) -> bytes:
    if b"VP8L" in chunks:
        body = _write(b"VP8L", chunks[b"VP8L"])
    elif b"VP8 " not in chunks:
        raise BrokenImage("holds no still")
    elif b"ALPH" in chunks and b"VP8X" in chunks:
        canvas = struct.pack("<I", _ALPHA_FLAG) + chunks[b"VP8X"][4:10]
        body = _write(b"VP8X", canvas) + _write(b"ALPH", chunks[b"ALPH"])
        body += _write(b"VP8 ", chunks[b"VP8 "])
    else:
        body = _write(b"VP8 ", chunks[b"VP8 "])
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _write(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)
