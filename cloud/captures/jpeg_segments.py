"""JPEG files, segment by segment: the size from the header, and all that is not picture left out.

A JPEG is a row of segments (ITU-T T.81, annex B): a marker of two bytes, a length, a payload; after
a start-of-scan segment come coded bytes up to the next marker. Tables, frame and scans are copied
byte for byte, so stripping loses nothing of the picture. JFIF and Adobe segments say how colours
are coded: they are written anew with only that, because each has room for a stranger's bytes.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cloud.captures.bare_image import BareImage, BrokenImage
from cloud.captures.exif_orientation import EXIF_HEADER, UPRIGHT, read_orientation

_START, _END, _SCAN, _DEFINE_LINES = 0xD8, 0xD9, 0xDA, 0xDC
_APP0, _APP1, _APP14 = 0xE0, 0xE1, 0xEE
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SHOWN_EVERYWHERE = frozenset({0xC0, 0xC1, 0xC2})  # browsers read no arithmetic or lossless coding
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})

_MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_MOST_MARKERS = 10_000
_MOST_SCANS = 64  # each scan costs a pass over the whole picture, however few its bytes

_PLAIN_JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_PLAIN_ADOBE = b"Adobe\0\x64\0\0\0\0"
_FOREIGN = (b"<script", b"<?php", b"Exif")


@dataclass(frozen=True)
class Segment:
    """One marker with its payload and, after a start of scan, the coded bytes that follow it."""

    marker: int
    payload: bytes
    scan: bytes = b""


@dataclass(frozen=True)
class Frame:
    """What the frame header says; sizes in pixels as coded, before any turning."""

    marker: int
    precision: int
    height: int
    width: int
    components: int

    @property
    def shown_everywhere(self) -> bool:
        """Whether every browser shows it: grey or three colours of eight bits, common coding."""
        return (
            self.marker in _SHOWN_EVERYWHERE
            and self.precision == 8  # noqa: PLR2004 - bits
            and self.components in {1, 3}
        )


def read_jpeg_size(upload: bytes) -> tuple[int, int]:
    """Width and height in pixels from the frame header, without decoding.

    Raises BrokenImage where there is none.
    """
    for segment in read_segments(upload):
        if segment.marker in _FRAMES:
            frame = _read_frame(segment)
            return frame.width, frame.height
    raise BrokenImage("has no frame header")


def strip_jpeg(upload: bytes) -> BareImage:
    """The same picture, coded as it was, without metadata and with nothing after its end marker.

    Raises BrokenImage for a file that is cut, damaged between its segments or coded to exhaust.
    """
    kept = [b"\xff\xd8"]
    frames: list[Frame] = []
    orientation = None
    for segment in read_segments(upload):
        if segment.marker in _FRAMES:
            frames.append(_read_frame(segment))
        elif orientation is None and _is_exif(segment):
            orientation = read_orientation(segment.payload)
        kept += _keep(segment)
    kept.append(b"\xff\xd9")
    if len(frames) != 1:
        raise BrokenImage("has no frame header, or more than one")
    data = b"".join(kept)
    upright = orientation in {None, UPRIGHT}
    return BareImage(
        data=data,
        orientation=orientation or UPRIGHT,
        storable=upright and frames[0].shown_everywhere and not _carries_code(data),
    )


def read_segments(upload: bytes) -> Iterator[Segment]:
    """The segments from the first to the end marker. Raises BrokenImage when the file is cut.

    Junk between segments is skipped before the first scan, as decoders do, and refused after it:
    there it is what is left of a damaged scan.
    """
    position, scans = 2, 0
    for _ in range(_MOST_MARKERS):
        found = _MARKER.search(upload, position)
        if found is None:
            raise BrokenImage("is cut: it has no end marker")
        if scans and upload[position] != 0xFF:  # noqa: PLR2004 - every marker's first byte
            raise BrokenImage("is damaged between its scans")
        marker, position = upload[found.end() - 1], found.end()
        if marker == _END:
            return
        if marker in _STANDALONE:
            continue
        payload = _read_payload(upload, position)
        position += 2 + len(payload)
        scan = b""
        if marker == _SCAN:
            scans += 1
            scan = _read_scan(upload, position, scans)
            position += len(scan)
        yield Segment(marker, payload, scan)
    raise BrokenImage("has more segments than a camera writes")


def _read_payload(upload: bytes, position: int) -> bytes:
    length = int.from_bytes(upload[position : position + 2])
    payload = upload[position + 2 : position + length]
    if length < 2 or len(payload) != length - 2:  # noqa: PLR2004 - the length counts its own two bytes
        raise BrokenImage("is cut inside a segment")
    return payload


def _read_scan(upload: bytes, position: int, scans: int) -> bytes:
    if scans > _MOST_SCANS:
        raise BrokenImage("has more scans than a camera writes")
    end = _MARKER_AFTER_SCAN.search(upload, position)
    if end is None:
        raise BrokenImage("is cut inside its scan")
    return upload[position : end.start()]


def _read_frame(segment: Segment) -> Frame:
    try:
        fields = struct.unpack_from(">BHHB", segment.payload)
    except struct.error:
        raise BrokenImage("has a frame header that is too short") from None
    return Frame(segment.marker, *fields)


def _is_exif(segment: Segment) -> bool:
    return segment.marker == _APP1 and segment.payload.startswith(EXIF_HEADER)


def _keep(segment: Segment) -> list[bytes]:
    if segment.marker in {_START, _DEFINE_LINES}:
        raise BrokenImage("is put together from several pictures")
    if segment.marker == _APP0 and segment.payload.startswith(b"JFIF\0"):
        return [_write(_APP0, _PLAIN_JFIF)]
    if segment.marker == _APP14 and segment.payload.startswith(b"Adobe"):
        transform = segment.payload[11:12]  # the byte that says RGB, YCbCr or YCCK
        return [_write(_APP14, _PLAIN_ADOBE + transform)] if transform else []
    if segment.marker in _TABLES | _FRAMES | {_SCAN}:
        return [_write(segment.marker, segment.payload), segment.scan]
    return []


def _write(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2) + payload


def _carries_code(data: bytes) -> bool:
    """Whether code hides in tables or scan, as in a file made to be picture and page at once."""
    return any(word in data for word in _FOREIGN)
