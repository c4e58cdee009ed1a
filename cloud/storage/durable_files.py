"""Files that are there whole or not at all, and still there after a power cut.

The recipe: write beside the final name, sync the file, rename it, sync the directory; and sync the
parent of every directory on the way, because its own entry can be lost too. Synchronous; the store
calls it in threads.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from cloud.storage.file_operations import FileOperations

TEMPORARY_PREFIX = ".putting-"
_MOST_REMEMBERED = 10_000


class DurableFiles:
    """Files under one root, named by parts. Every method raises OSError as the system gave it."""

    def __init__(self, root: Path, operations: FileOperations) -> None:
        self._root = root
        self._do = operations
        self._durable: set[tuple[str, ...]] = set()

    def write(self, parts: tuple[str, ...], data: bytes) -> None:
        """Write a file durably; on an error neither it nor its temporary file is left."""
        with self.open_directory(parts[:-1], create=True) as directory:
            self.write_in(directory, parts[-1], data)

    def write_in(self, directory: int, name: str, data: bytes) -> None:
        """The same in an open directory."""
        temporary = f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        try:
            self._write_synced(directory, temporary, data)
            self._do.rename(temporary, name, directory)
        except OSError:
            self._remove_quietly(temporary, directory)
            raise
        try:
            self._do.sync(directory)
        except OSError:
            self._remove_quietly(name, directory)
            raise

    def read(self, parts: tuple[str, ...]) -> bytes:
        with (
            self.open_directory(parts[:-1]) as directory,
            os.fdopen(self._do.open(parts[-1], directory), "rb") as file,
        ):
            return file.read()

    def remove(self, parts: tuple[str, ...]) -> None:
        with self.open_directory(parts[:-1]) as directory:
            self._do.unlink(parts[-1], directory)

    @contextlib.contextmanager
    def open_directory(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """Open a directory step by step from the root, making what is missing when asked to."""
        directory = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for depth in range(len(parts)):
                parent = directory
                directory = self._enter(parts[: depth + 1], parent, create=create)
                _close_quietly(parent)
            yield directory
        finally:
            _close_quietly(directory)

    def _enter(self, path: tuple[str, ...], parent: int, *, create: bool) -> int:
        if create and path not in self._durable:
            self._make_durable(path, parent)
        try:
            return self._do.open_directory(path[-1], parent)
        except FileNotFoundError:
            if not create:
                raise
        self._make_durable(path, parent)  # someone has removed it since
        return self._do.open_directory(path[-1], parent)

    def _make_durable(self, path: tuple[str, ...], parent: int) -> None:
        """Make a directory and sync its parent, even if it is there: another may not have yet."""
        with contextlib.suppress(FileExistsError):
            self._do.make_directory(path[-1], parent)
        self._do.sync(parent)
        if len(self._durable) >= _MOST_REMEMBERED:
            self._durable.clear()
        self._durable.add(path)

    def _write_synced(self, directory: int, name: str, data: bytes) -> None:
        file = self._do.create(name, directory)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._do.write(file, rest) :]
            self._do.sync(file)
        except OSError:
            _close_quietly(file)
            raise
        self._do.close(file)

    def _remove_quietly(self, name: str, directory: int) -> None:
        """What cannot be removed now is swept later; the first error is the one to tell."""
        with contextlib.suppress(OSError):
            self._do.unlink(name, directory)


def _close_quietly(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
