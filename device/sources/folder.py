"""A folder of stills, or a single one, given as they are, byte for byte."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Final

from device.picture import Picture
from device.sources.source import SourceError
from device.wire import CaptureConfig

MEDIA_TYPES: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
ORDER_FILE: Final = "labels.csv"


class Stills:
    """Gives one file after the other and ends, or begins again."""

    def __init__(self, paths: list[Path], *, loop: bool) -> None:
        self._paths: Iterator[Path] = cycle(paths) if loop else iter(paths)

    def read(self, capture: CaptureConfig) -> Picture | None:  # noqa: ARG002 - a still is as it is
        """The next file's own bytes; None after the last. Raises SourceError if unreadable."""
        path = next(self._paths, None)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
        return Picture(
            content=content,
            captured_at=datetime.now(UTC),
            media_type=MEDIA_TYPES[path.suffix.lower()],
            metadata={"file": path.name},
        )


def open_folder(folder: Path, *, loop: bool) -> Stills:
    """The folder's stills by name, or in the order of its labels.csv.

    Only the file names of that list are read; what it says of them is for whoever compares.
    Raises SourceError when there is nothing to show.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is not a folder.")
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in MEDIA_TYPES]
    if not paths:
        raise SourceError(f"{folder} holds no .jpg, .png or .webp file.")
    return Stills(_in_listed_order(paths, folder / ORDER_FILE), loop=loop)


def open_still(path: Path) -> Stills:
    """One file, given again and again. Raises SourceError when it is none we can show."""
    if not path.is_file():
        raise SourceError(f"There is no file {path}.")
    if path.suffix.lower() not in MEDIA_TYPES:
        raise SourceError(f"{path} is not a .jpg, .png or .webp file.")
    return Stills([path], loop=True)


def _in_listed_order(paths: list[Path], listing: Path) -> list[Path]:
    if not listing.is_file():
        return paths
    with listing.open(newline="", encoding="utf-8") as rows:
        names = [row.get("file", "") for row in csv.DictReader(rows)]
    by_name = {path.name: path for path in paths}
    listed = [by_name[name] for name in names if name in by_name]
    return listed or paths
