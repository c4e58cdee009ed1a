"""The spool's index: which pictures are kept, in what state, and what was lost on the way.

SQLite in WAL mode with `synchronous=FULL`: a commit that has returned survives a power cut. Each
method is one transaction, and raises OSError when the disk does not take it. The highest sequence
number outlives its row (AUTOINCREMENT), so a number is never used twice.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS captures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    trigger_id TEXT,
    trigger_label TEXT,
    metadata TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    refusal TEXT
);
CREATE INDEX IF NOT EXISTS captures_by_state ON captures (state, attempts, sequence);
CREATE TABLE IF NOT EXISTS spool (
    id TEXT NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0
);
"""

ROW = (
    "sequence, file, bytes, sha256, media_type, captured_at,"
    " trigger_id, trigger_label, metadata, refusal"
)


class State(StrEnum):
    """Where a kept capture stands: on its way, or turned away by the cloud for good."""

    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """What the index knows of a picture before it has a number. `metadata` is JSON text."""

    file: str
    bytes: int
    sha256: str
    media_type: str
    captured_at: str
    trigger_id: str | None
    trigger_label: str | None
    metadata: str


@dataclass(frozen=True)
class Kept:
    """A picture in the spool, under its number."""

    sequence: int
    entry: Entry
    refusal: str | None = None


@dataclass(frozen=True)
class Counts:
    """The spool's books. `acked`, `dropped` and `refused` count since the spool was new."""

    waiting: int
    oldest_at: str | None
    taken: int
    acked: int
    dropped: int
    refused: int


class Index:
    """One SQLite file. Callers take care that one thread uses it at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)
        with self._transaction() as rows:
            if rows.execute("SELECT id FROM spool").fetchone() is None:
                rows.execute("INSERT INTO spool (id) VALUES (?)", (str(uuid.uuid4()),))
        self.id: str = self._connection.execute("SELECT id FROM spool").fetchone()[0]

    def close(self) -> None:
        self._connection.close()

    def add(self, entry: Entry) -> Kept:
        """Number the picture. From here on it counts as taken."""
        with self._transaction() as rows:
            cursor = rows.execute(
                "INSERT INTO captures (file, bytes, sha256, media_type, captured_at,"
                " trigger_id, trigger_label, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.file,
                    entry.bytes,
                    entry.sha256,
                    entry.media_type,
                    entry.captured_at,
                    entry.trigger_id,
                    entry.trigger_label,
                    entry.metadata,
                ),
            )
        return Kept(sequence=cursor.lastrowid or 0, entry=entry)

    def next_waiting(self) -> Kept | None:
        """The last capture taken goes first; then whatever was tried least, oldest first.

        One picture that the cloud keeps stumbling over thus goes to the back of the queue.
        """
        return self._first(
            f"SELECT {ROW} FROM captures WHERE state = 'waiting' ORDER BY"  # noqa: S608 - constant
            " (attempts = 0 AND sequence = (SELECT seq FROM sqlite_sequence"
            " WHERE name = 'captures')) DESC,"
            " attempts, sequence LIMIT 1"
        )

    def oldest(self) -> Kept | None:
        """What goes first when room is short: the refused ones, then the oldest."""
        return self._first(
            f"SELECT {ROW} FROM captures"  # noqa: S608 - constant
            " ORDER BY (state = 'refused') DESC, sequence LIMIT 1"
        )

    def in_state(self, state: State) -> list[Kept]:
        cursor = self._connection.execute(
            f"SELECT {ROW} FROM captures WHERE state = ? ORDER BY sequence",  # noqa: S608 - constant
            (state,),
        )
        return [_kept(row) for row in cursor]

    def acknowledge(self, sequence: int) -> None:
        with self._transaction() as rows:
            rows.execute("DELETE FROM captures WHERE sequence = ?", (sequence,))
            rows.execute("UPDATE spool SET acked = max(acked, ?)", (sequence,))

    def drop(self, sequence: int) -> None:
        """Forget a picture that never reached the cloud, and count the loss.

        A refused one was counted when it was refused, so it is not counted again.
        """
        with self._transaction() as rows:
            rows.execute(
                "UPDATE spool SET dropped = dropped + 1 WHERE EXISTS"
                " (SELECT 1 FROM captures WHERE sequence = ? AND state = 'waiting')",
                (sequence,),
            )
            rows.execute("DELETE FROM captures WHERE sequence = ?", (sequence,))

    def refuse(self, sequence: int, reason: str) -> None:
        with self._transaction() as rows:
            rows.execute(
                "UPDATE captures SET state = 'refused', refusal = ? WHERE sequence = ?",
                (reason, sequence),
            )
            rows.execute("UPDATE spool SET refused = refused + 1")

    def count_attempt(self, sequence: int) -> None:
        with self._transaction() as rows:
            rows.execute(
                "UPDATE captures SET attempts = attempts + 1 WHERE sequence = ?", (sequence,)
            )

    def bytes_kept(self) -> int:
        row = self._connection.execute("SELECT coalesce(sum(bytes), 0) FROM captures").fetchone()
        return int(row[0])

    def counts(self) -> Counts:
        """All the numbers of one moment."""
        acked, dropped, refused = self._connection.execute(
            "SELECT acked, dropped, refused FROM spool"
        ).fetchone()
        waiting, oldest_at = self._connection.execute(
            "SELECT count(*), (SELECT captured_at FROM captures WHERE state = 'waiting'"
            " ORDER BY sequence LIMIT 1) FROM captures WHERE state = 'waiting'"
        ).fetchone()
        taken = self._connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'captures'"
        ).fetchone()
        return Counts(waiting, oldest_at, taken[0] if taken else 0, acked, dropped, refused)

    def _first(self, query: str) -> Kept | None:
        row = self._connection.execute(query).fetchone()
        return None if row is None else _kept(row)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise OSError(f"the spool's index cannot be written: {error}") from error


def _kept(
    row: tuple[int, str, int, str, str, str, str | None, str | None, str, str | None],
) -> Kept:
    sequence, *entry, refusal = row
    return Kept(sequence=sequence, entry=Entry(*entry), refusal=refusal)  # type: ignore[arg-type]
