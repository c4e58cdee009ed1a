"""The file operations that the spool's promise rests on, behind one small protocol.

They stand apart so that a test can end the process at any one of them.
"""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from device import log

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
NAMES: Final = ("index.db", "lock", "pictures", "set-aside", "activation")
"""What is in a spool begins with one of these."""


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
        with create_private(path) as file:
            file.write(content)

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


def create_private(path: Path) -> BinaryIO:
    """An empty file to write, which nobody else on this machine can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    return os.fdopen(descriptor, "wb")


def make_private(folder: Path) -> None:
    """Have the spool's folder there, closed to others, and so what an older client left in it.

    A folder that holds something else as well stays open, and only what is ours in it is closed.
    Raises OSError where it cannot be made.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    inside = list(folder.iterdir())
    ours = [path for path in inside if path.name.startswith(NAMES)]
    try:
        for path in ours if len(ours) < len(inside) else (*ours, folder):
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
    except OSError as error:
        log.warn("The spool cannot be closed to other users of this machine", why=error)
