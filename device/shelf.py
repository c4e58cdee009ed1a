"""The spool's folder of picture files, and beside it the one for files that nothing is known of."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from device.files import FOLDER_MODE, Files, write_durably
from device.kept import Entry, Found
from device.picture_file import is_ours, read_facts, seal

PICTURES: Final = "pictures"
SET_ASIDE: Final = "set-aside"
ASIDE_KEPT: Final = 100
DELIVERED: Final = b"delivered to visant as "
"""So begins a file whose picture has gone; the record's id and a line's end follow."""


class DamagedPicture(Exception):
    """A picture's file has changed on the disk."""


class DeliveredPicture(Exception):
    """The cloud holds this picture; only the index could not be told yet."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"delivered as {record_id}")
        self.record_id = record_id


class Shelf:
    """Picture files by their names. Every method raises OSError where the disk does not do it."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._pictures = folder / PICTURES
        self.aside = folder / SET_ASIDE
        self._files = files
        self._pictures.mkdir(FOLDER_MODE, exist_ok=True)

    def keep(self, entry: Entry, content: bytes, command_id: str | None) -> None:
        """Make the picture durable; nothing of it is left where that fails."""
        path = self._pictures / entry.file
        write_durably(self._files, path, seal(content, entry, command_id))

    def read(self, entry: Entry) -> bytes:
        """The picture's own bytes.

        Raises DamagedPicture where they are not what was kept, DeliveredPicture where they need
        not be sent any more.
        """
        whole = self._files.read(self._pictures / entry.file)
        if whole.startswith(DELIVERED):
            record_id = whole.removeprefix(DELIVERED).partition(b"\n")[0]
            raise DeliveredPicture(record_id.decode(errors="replace"))
        content = whole[: entry.bytes]
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DamagedPicture("its file holds other bytes than were kept")
        return content

    def mark_delivered(self, name: str, record_id: str) -> None:
        """Have the file say that its picture is at the cloud, and give its room back."""
        said = DELIVERED + record_id.encode(errors="replace") + b"\n"
        self._files.overwrite(self._pictures / name, said)

    def is_delivered(self, name: str) -> bool:
        """Whether the file says so; False where it cannot be read."""
        try:
            with (self._pictures / name).open("rb") as file:
                return file.read(len(DELIVERED)) == DELIVERED
        except OSError:
            return False

    def remove(self, name: str) -> None:
        self._files.remove(self._pictures / name)

    def set_aside(self, name: str) -> None:
        """Put a file where no client looks at it any more, for a person to see."""
        self.aside.mkdir(FOLDER_MODE, exist_ok=True)
        self._files.rename(self._pictures / name, self.aside / name)

    def thin_aside(self) -> int:
        """Remove what was set aside but for the newest hundred files; how many went."""
        if not self.aside.is_dir():
            return 0
        newest_first = sorted(self.aside.iterdir(), key=lambda path: -path.stat().st_mtime_ns)
        for path in newest_first[ASIDE_KEPT:]:
            self._files.remove(path)
        return len(newest_first[ASIDE_KEPT:])

    def names(self) -> Iterator[str]:
        """The files with names of our own; whatever else is in the folder is none of ours."""
        with os.scandir(self._pictures) as entries:
            for entry in entries:
                if is_ours(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry.name

    def read_facts(self, name: str) -> Found | None:
        """What the file tells of its picture; None where it tells nothing or cannot be read."""
        try:
            return read_facts(self._pictures / name)
        except OSError:
            return None
