"""Locks on files that the system itself lets go of when their holder dies, kill -9 included."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_private(path: Path) -> int:
    """A file for our eyes only, made if missing; it belongs to whoever owns the folder."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


@contextmanager
def exclusively(path: Path) -> Iterator[int]:
    """Hold the file's lock alone, waiting as long as it takes; yields the descriptor."""
    descriptor = open_private(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def share(path: Path) -> int:
    """Hold the file's lock together with others until the descriptor is closed."""
    descriptor = open_private(path)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def try_exclusively(path: Path) -> int | None:
    """Hold the file's lock alone if nobody holds it now; None if somebody does."""
    descriptor = open_private(path)
    if upgrade(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def upgrade(descriptor: int) -> bool:
    """Try to be the only holder. On failure the descriptor may hold nothing any more."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether any process holds the file's lock at this moment."""
    descriptor = try_exclusively(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def is_in_place(path: Path, descriptor: int) -> bool:
    """Whether the open file is still the one at that path."""
    return path.exists() and os.path.samestat(path.stat(), os.fstat(descriptor))
