"""Pictures for tests, drawn and coded here: good ones, and files that only claim to be one."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
SCRIPT = "<script>alert(1)</script>"


def draw(width: int = 160, height: int = 120) -> Image.Image:
    """A scene whose corners differ: dark top left, red right, green bottom, blue where both are."""
    across = np.linspace(0, 255, width)[None, :].repeat(height, axis=0)
    down = np.linspace(0, 255, height)[:, None].repeat(width, axis=1)
    return Image.fromarray(np.dstack([across, down, across * down / 255]).astype(np.uint8))


def encode(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    coded = io.BytesIO()
    image.save(coded, kind, **options)
    return coded.getvalue()


def decode(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def make_exif(orientation: int = 1) -> Image.Exif:
    """An EXIF block with an orientation, a maker that is a script, and a place."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKER] = SCRIPT
    exif[GPS] = {1: "N", 2: (51.0, 28.0, 38.0), 3: "W", 4: (0.0, 0.0, 5.0)}
    return exif


def lie_down(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as a camera held so writes it: turning it by the tag gives it back."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    return image if undo is None else image.transpose(undo)


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def insert_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with these segments right after its start marker."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG's signature and header chunk: what it claims, with nothing behind it."""
    fields = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", fields)


def insert_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """The PNG with one more chunk right after its header."""
    return png[:33] + png_chunk(kind, data) + png[33:]


def resize_frame(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its frame header and the same scan."""
    start = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:start] + struct.pack(">HH", height, width) + jpeg[start + 4 :]
