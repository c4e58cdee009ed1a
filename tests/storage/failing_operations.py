"""File operations that note every call and fail at the chosen one, as a dying or full disk does."""

import os
from dataclasses import dataclass, field

from cloud.storage.file_operations import FileOperations

PIECE = 1000


@dataclass
class FailingOperations(FileOperations):
    """Fails at the `fail_at`-th call, counting from 1, and writes a piece at a time."""

    fail_at: int = 0
    number: int = 0
    for_ever: bool = False
    calls: list[str] = field(default_factory=list)

    def _count(self, name: str) -> None:
        self.calls.append(name)
        past = len(self.calls) > self.fail_at > 0
        if len(self.calls) == self.fail_at or (past and self.for_ever):
            raise OSError(self.number, os.strerror(self.number))

    def open_directory(self, name: str, parent: int) -> int:
        self._count("open directory")
        return super().open_directory(name, parent)

    def make_directory(self, name: str, parent: int) -> None:
        self._count("make directory")
        super().make_directory(name, parent)

    def create(self, name: str, directory: int) -> int:
        self._count("create")
        return super().create(name, directory)

    def write(self, file: int, data: memoryview) -> int:
        self._count("write")
        return super().write(file, data[:PIECE])

    def sync(self, file: int) -> None:
        self._count("sync")
        super().sync(file)

    def close(self, file: int) -> None:
        super().close(file)
        self._count("close")

    def rename(self, old: str, new: str, directory: int) -> None:
        self._count("rename")
        super().rename(old, new, directory)

    def unlink(self, name: str, directory: int) -> None:
        self._count("unlink")
        super().unlink(name, directory)
