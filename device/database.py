"""One SQLite file: its transactions, its reads, and its errors as ours, in one place.

WAL mode with `synchronous=FULL`: a commit that has returned survives a power cut. The file is
locked for this connection alone, which spares the shared memory that SQLite would otherwise need
beside it, and that a full disk has no room for.
"""

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from device.files import FILE_MODE

BROKEN: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PRIMARY_CODE: Final = 0xFF
KEPT_BROKEN: Final = 3
PRAGMAS: Final = (
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)


class BrokenDatabase(OSError):
    """The file is no database any more, in parts or as a whole."""


class Database:
    """Every method raises OSError where the disk does not do it, BrokenDatabase among them.

    Callers take care that one thread uses it at a time.
    """

    def __init__(self, path: Path) -> None:
        path.touch(FILE_MODE)  # SQLite's log beside it is made no more readable than this is
        with _errors_as_ours("opened"):
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # One garbled letter must not make a row unreadable for ever.
        self._connection.text_factory = lambda text: text.decode(errors="replace")
        try:
            with _errors_as_ours("opened"):
                for pragma in PRAGMAS:
                    self._connection.execute(pragma)
        except OSError:
            self.close()
            raise

    def check(self) -> None:
        """Raises BrokenDatabase where pages of it hold something else than was written."""
        (finding,) = self.read_one("PRAGMA quick_check(1)")
        if finding != "ok":
            raise BrokenDatabase(f"the spool's index is broken: {finding}")

    def reuse_log(self) -> None:
        """Have the write-ahead log begin anew in the room that it has, rather than grow."""
        with suppress(OSError):
            self.read("PRAGMA wal_checkpoint(RESTART)")

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done within, or nothing of it, whatever goes wrong."""
        with _errors_as_ours("written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def run(self, script: str) -> None:
        """Several statements, each for itself."""
        with _errors_as_ours("written"):
            self._connection.executescript(script)

    def read(self, query: str, *values: object) -> list[Any]:
        """All rows of the answer, as tuples."""
        with _errors_as_ours("read"):
            return self._connection.execute(query, values).fetchall()

    def read_one(self, query: str, *values: object) -> Any:
        """The first row of the answer; None where there is none."""
        with _errors_as_ours("read"):
            return self._connection.execute(query, values).fetchone()


def set_aside(path: Path) -> Path:
    """Put a broken database out of the way, to look at; says where. The newest three are kept."""
    name = re.compile(re.escape(path.name) + r"\.broken-(\d+)")
    found = [name.fullmatch(other.name) for other in path.parent.iterdir()]
    numbers = [int(one[1]) for one in found if one]
    new = max(numbers, default=0) + 1
    for end in ("", "-wal", "-shm"):
        for number in numbers:
            if number <= new - KEPT_BROKEN:
                Path(f"{path}.broken-{number}{end}").unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            Path(f"{path}{end}").rename(f"{path}.broken-{new}{end}")
    return Path(f"{path}.broken-{new}")


@contextmanager
def _errors_as_ours(doing: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error, f"the spool's index cannot be {doing}: {error}") from error


def _ours(error: sqlite3.Error, sentence: str) -> OSError:
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
    if code in BROKEN:
        return BrokenDatabase(sentence)
    if code == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, sentence)
    return OSError(sentence)
