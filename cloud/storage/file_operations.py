"""The few calls by which files change, in one place, so that tests can make any of them fail."""

import os

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class FileOperations:
    """Each method is one call of the operating system and raises its OSError.

    Names are single names inside an open directory: no path is ever walked, no link followed.
    """

    def open_directory(self, name: str, parent: int) -> int:
        return os.open(name, _DIRECTORY, dir_fd=parent)

    def make_directory(self, name: str, parent: int) -> None:
        os.mkdir(name, 0o700, dir_fd=parent)

    def create(self, name: str, directory: int) -> int:
        return os.open(name, _NEW_FILE, 0o600, dir_fd=directory)

    def open(self, name: str, directory: int) -> int:
        return os.open(name, _FILE, dir_fd=directory)

    def write(self, file: int, data: memoryview) -> int:
        return os.write(file, data)

    def sync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def rename(self, old: str, new: str, directory: int) -> None:
        os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)

    def unlink(self, name: str, directory: int) -> None:
        os.unlink(name, dir_fd=directory)
