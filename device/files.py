"""The file operations that the spool's promise rests on, behind one small protocol.

They stand apart so that a test can end the process at any one of them.
"""

import contextlib
import os
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """What the spool does to the disk, one operation at a time."""

    def write(self, path: Path, content: bytes) -> None: ...

    def read(self, path: Path) -> bytes: ...

    def sync(self, path: Path) -> None: ...

    def overwrite(self, path: Path, content: bytes) -> None: ...

    def rename(self, old: Path, new: Path) -> None: ...

    def remove(self, path: Path) -> None: ...


class DiskFiles:
    """The real disk."""

    def write(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def sync(self, path: Path) -> None:
        """Force a file's bytes, or a folder's names, onto the disk."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def overwrite(self, path: Path, content: bytes) -> None:
        """Leave nothing but these few bytes of a longer file; a full disk takes them, too."""
        with path.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.truncate()

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def write_durably(files: Files, path: Path, content: bytes) -> None:
    """After this returns, the whole file is there under its name, whatever happens next.

    Bytes first, then the name, then the folder that holds the name: in any other order a power
    cut may leave a name with nothing behind it.
    """
    draft = path.with_suffix(path.suffix + ".part")
    try:
        files.write(draft, content)
        files.sync(draft)
        files.rename(draft, path)
        files.sync(path.parent)
    except OSError:
        files.remove(draft)
        files.remove(path)
        raise
