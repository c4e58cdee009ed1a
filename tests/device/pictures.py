"""Small real pictures for the device's tests."""

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from device.jpeg import Frame
from device.picture import Picture


def jpeg(shade: int = 90, width: int = 64, height: int = 48) -> bytes:
    frame = np.full((height, width, 3), shade, np.uint8)
    return cv2.imencode(".jpg", frame)[1].tobytes()


def png(width: int) -> bytes:
    """A PNG that says it is so wide, and is up to 70,000 pixels; four pixels high."""
    coded = cv2.imencode(".png", np.zeros((4, min(width, 70_000), 3), np.uint8))[1].tobytes()
    header = coded[12:16] + struct.pack(">I", width) + coded[20:29]
    return coded[:12] + header + struct.pack(">I", zlib.crc32(header)) + coded[33:]


def decode(content: bytes) -> Frame:
    shown = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    return shown.astype(np.uint8)


def picture(shade: int = 90) -> Picture:
    return Picture(
        content=jpeg(shade),
        captured_at=datetime(2026, 3, 1, 12, 0, shade % 60, tzinfo=UTC),
        metadata={"shade": shade},
    )


def write_folder(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:04}.jpg").write_bytes(jpeg(40 + number))
    return folder
