"""The store on this machine's disk: one file for each object under one directory."""

import asyncio
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cloud.storage.durable_files import TEMPORARY_PREFIX, DurableFiles
from cloud.storage.file_operations import FileOperations
from cloud.storage.keys import split_key
from cloud.storage.store import (
    StoredObject,
    StoredObjectMissing,
    StoreFull,
    StoreHealth,
    StoreUnavailable,
)

Answer = TypeVar("Answer")

LEFTOVER_SECONDS = 60
_PROBE = ".probe"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MISSING = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP}  # a link is nobody's object
)


class FilesystemStore:
    """A Store in a directory, which is made if it is missing.

    A failed write marks it unhealthy until `health` has written again. `close` ends its threads.
    Raises StoreUnavailable when the directory cannot be made.
    """

    def __init__(
        self, root: Path, *, threads: int = 8, operations: FileOperations | None = None
    ) -> None:
        self._root = root
        self._files = DurableFiles(root, operations or FileOperations())
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._trouble: str | None = None
        with self._our_errors():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def trouble(self) -> str | None:
        """What went wrong since the last write that `health` saw succeed."""
        return self._trouble

    async def put(self, key: str, data: bytes) -> None:
        parts = split_key(key)
        try:
            await self._in_thread(lambda: self._files.write(parts, data))
        except StoredObjectMissing:  # a link or a file stands where a directory should
            raise StoreUnavailable from None

    async def get(self, key: str) -> bytes:
        parts = split_key(key)
        return await self._in_thread(lambda: self._files.read(parts))

    async def exists(self, key: str) -> bool:
        parts = split_key(key)
        try:
            return await self._in_thread(lambda: self._is_file(parts))
        except StoredObjectMissing:
            return False

    async def delete(self, key: str) -> None:
        parts = split_key(key)
        with suppress(StoredObjectMissing):
            await self._in_thread(lambda: self._files.remove(parts))

    async def list_objects(self, prefix: str) -> tuple[StoredObject, ...]:
        split_key(prefix)
        try:
            return await self._in_thread(lambda: tuple(sorted(self._list(prefix), key=_by_key)))
        except StoredObjectMissing:
            return ()

    async def health(self) -> StoreHealth:
        try:
            free = await self._in_thread(self._probe)
        except (StoreFull, StoreUnavailable):
            return StoreHealth(healthy=False, reason=self._trouble)
        return StoreHealth(healthy=True, free_bytes=free)

    async def sweep(self) -> int:
        """Remove temporary files older than 60 s; walks every directory, so call it rarely."""
        return await self._in_thread(self._sweep)

    def close(self) -> None:
        """Let what is under way finish, then end the threads."""
        self._threads.shutdown()

    async def _in_thread(self, call: Callable[[], Answer]) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._guarded(call))

    def _guarded(self, call: Callable[[], Answer]) -> Answer:
        with self._our_errors():
            return call()

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _MISSING and self._root.is_dir():
                raise StoredObjectMissing from None
            self._trouble = f"the disk says: {os.strerror(error.errno or errno.EIO)}"
            failure = StoreFull() if error.errno in _FULL else StoreUnavailable()
            raise failure from error

    def _is_file(self, parts: tuple[str, ...]) -> bool:
        with self._files.open_directory(parts[:-1]) as directory:
            found = os.stat(parts[-1], dir_fd=directory, follow_symlinks=False)
        return stat.S_ISREG(found.st_mode)

    def _list(self, prefix: str) -> Iterator[StoredObject]:
        for folder, _, names in os.walk(self._root / prefix, onerror=_raise):
            for name in names:
                path = Path(folder, name)
                if name.startswith("."):
                    continue
                with suppress(FileNotFoundError):
                    found = path.lstat()
                    modified_at = datetime.fromtimestamp(found.st_mtime, UTC)
                    key = path.relative_to(self._root).as_posix()
                    yield StoredObject(key, found.st_size, modified_at)

    def _probe(self) -> int:
        """Write and remove a file at the root. The free bytes are those that we may use."""
        with self._files.open_directory(()) as directory:
            self._files.write_in(directory, _PROBE, b"probe")
            with suppress(FileNotFoundError):  # another process probes too
                os.unlink(_PROBE, dir_fd=directory)
            space = os.fstatvfs(directory)
        self._trouble = None
        return space.f_bavail * space.f_frsize

    def _sweep(self) -> int:
        oldest = time.time() - LEFTOVER_SECONDS
        swept = 0
        for _, _, names, directory in os.fwalk(self._root):
            for name in names:
                if name.startswith(TEMPORARY_PREFIX):
                    swept += _remove_if_older(name, directory, oldest)
        return swept


def _raise(error: OSError) -> None:
    """A directory that cannot be read must not pass for an empty one."""
    raise error


def _by_key(stored: StoredObject) -> str:
    return stored.key


def _remove_if_older(name: str, directory: int, oldest: float) -> int:
    with suppress(FileNotFoundError):  # its put has just ended, or another process sweeps too
        if os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime < oldest:
            os.unlink(name, dir_fd=directory)
            return 1
    return 0
