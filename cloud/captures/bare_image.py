"""An upload reduced to its picture: which of the three kinds it is, and nothing it carries beside.

Each kind's module (`jpeg_segments`, `png_chunks`, `webp_chunks`) reads a size from the header and
strips a file to what a decoder needs. Decoders see only stripped files, so that text chunks,
colour profiles, embedded thumbnails and trailing bytes reach neither them nor the store.
"""

from dataclasses import dataclass
from enum import StrEnum


class ImageKind(StrEnum):
    """The kinds of picture that a camera may upload."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"


class BrokenImage(Exception):
    """A file that is not what its first bytes say; its text ends the sentence "The picture …"."""


@dataclass(frozen=True)
class BareImage:
    """A picture without metadata or trailing bytes, still coded as it came.

    `orientation` is the EXIF tag's 1..8 as it was found (1: upright); `storable` says that the
    bytes may be kept and shown as they are.
    """

    data: bytes
    orientation: int
    storable: bool


def recognise_kind(upload: bytes) -> ImageKind | None:
    """The kind by its magic bytes, whatever the name or the declared type; None if it is none."""
    if upload.startswith(b"\xff\xd8\xff"):
        return ImageKind.JPEG
    if upload.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageKind.PNG
    if upload[:4] == b"RIFF" and upload[8:12] == b"WEBP":
        return ImageKind.WEBP
    return None
