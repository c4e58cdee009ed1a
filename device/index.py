"""The spool's index: which pictures are kept, in what state, and what was lost on the way.

Each method is one transaction, and raises OSError when the disk does not do it. The highest
sequence number outlives its row (AUTOINCREMENT), so a number is never used twice.
"""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from device import command_book, gaps, wire
from device.database import Database
from device.kept import NOTHING_KNOWN, Entry, Found, Kept, State
from device.running_time import RunningTime
from device.tables import ASKED_FOR, prepare_tables

ROW = (
    "sequence, spool_id, refusal,"
    " file, bytes, sha256, media_type, captured_at, trigger_id, trigger_label, metadata"
)


HIGHEST = "SELECT seq FROM sqlite_sequence WHERE name = 'captures'"
"""The highest number given; no row before the first."""

BESIDES = "state = 'waiting' AND sequence NOT IN (SELECT value FROM json_each(?))"
"""Waiting, and none of the numbers given as a list in JSON."""


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

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = Database(path)
        try:
            prepare_tables(self._database)
            with self.transaction() as rows:
                self._running = RunningTime(rows, monotonic)
            self.id: str = self._database.read_one("SELECT id FROM spool")[0]
        except OSError:
            self.close()
            raise

    def check(self) -> None:
        """Raises BrokenDatabase where it is broken, in parts that were not needed yet."""
        self._database.check()

    def save_room(self) -> None:
        """Take up no more of a full disk than before, as far as possible."""
        self._database.reuse_log()

    def close(self) -> None:
        self._database.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """What is written within is written as a whole, or not at all."""
        return self._database.transaction()

    def next_number(self) -> int:
        """The number that the next picture gets."""
        row = self._database.read_one(HIGHEST)
        return 1 if row is None else int(row[0]) + 1

    def add(self, sequence: int, entry: Entry, command_id: str | None) -> Kept:
        """Write the picture down. From here on it counts as taken, and its command as done."""
        kept = Kept(sequence, self.id, entry)
        with self.transaction() as rows:
            _insert(rows, kept, self._running.note(rows))
            if command_id is not None:
                _mark_taken(rows, kept, command_id)
        return kept

    def take_in(self, found: Sequence[Found], *, lost: int) -> None:
        """Write down pictures under the numbers that they had, and give numbers to lost ones.

        One whose number another picture here has gets a new one.
        """
        with self.transaction() as rows:
            ran_before = self._running.note(rows)
            for one in found:
                kept = Kept(one.sequence, one.spool_id, one.entry)
                if _has_number(rows, one.sequence):
                    kept = Kept(_highest(rows) + 1, self.id, one.entry)
                _insert(rows, kept, ran_before)
                if one.command_id is not None:
                    _mark_taken(rows, kept, one.command_id)
            for _ in range(lost):
                self._lose_number(rows)

    def files(self) -> set[str]:
        """The names of all files that are known here."""
        return {name for (name,) in self._database.read("SELECT file FROM captures")}

    def has_settled(self, spool_id: str, sequence: int) -> bool:
        """Whether a number that has no row here was given here, so that its picture is over."""
        own = spool_id == self.id or self._database.read_one(
            "SELECT 1 FROM former_ids WHERE id = ?", spool_id
        )
        return bool(own) and sequence < self.next_number()

    def next_live(self, besides: Iterable[int]) -> Kept | None:
        """The last capture taken, as long as the cloud has not stumbled over it."""
        return self._first(
            f"SELECT {ROW} FROM captures WHERE {BESIDES}"  # noqa: S608 - constant
            f" AND attempts = 0 AND sequence = ({HIGHEST})",
            json.dumps(list(besides)),
        )

    def next_backlog(self, besides: Iterable[int]) -> Kept | None:
        """Of all others, whatever was tried least; asked for before the camera's own, oldest first.

        One picture that the cloud keeps stumbling over thus goes to the back of the queue.
        """
        return self._first(
            f"SELECT {ROW} FROM captures INDEXED BY captures_by_turn WHERE {BESIDES}"  # noqa: S608
            f" AND (attempts > 0 OR sequence <> ({HIGHEST}))"
            f" ORDER BY attempts, {ASKED_FOR} DESC, sequence LIMIT 1",
            json.dumps(list(besides)),
        )

    def most_dispensable(self) -> Kept | None:
        """What goes first when room is short.

        The refused ones, then the camera's own captures, then those asked for; each oldest first.
        """
        return self._first(
            f"SELECT {ROW} FROM captures"  # noqa: S608 - constant
            f" ORDER BY (state = 'refused') DESC, {ASKED_FOR}, sequence LIMIT 1"
        )

    def waiting_longer_than(self, seconds: float) -> list[Kept]:
        """What has waited longer than so many seconds of running time."""
        found = self._database.read(
            f"SELECT {ROW} FROM captures WHERE state = 'waiting'"  # noqa: S608 - constant
            " AND ran_before < ? ORDER BY sequence LIMIT 1000",
            self._running.seconds() - seconds,
        )
        return [_kept(row) for row in found]

    def in_state(self, state: State) -> list[Kept]:
        found = self._database.read(
            f"SELECT {ROW} FROM captures WHERE state = ? ORDER BY sequence",  # noqa: S608 - constant
            state,
        )
        return [_kept(row) for row in found]

    def acknowledge(self, sequence: int, record_id: str) -> None:
        with self.transaction() as rows:
            command_book.settle_delivered(rows, sequence, record_id)
            rows.execute("DELETE FROM captures WHERE sequence = ?", (sequence,))
            rows.execute("UPDATE spool SET acked = max(acked, ?)", (sequence,))

    def drop(self, sequence: int, why: wire.LossReason) -> None:
        """Forget a picture that never reached the cloud, and count the loss.

        A refused one was counted when it was refused, so it is not counted again.
        """
        with self.transaction() as rows:
            gone = rows.execute(
                "DELETE FROM captures WHERE sequence = ? RETURNING state, spool_id", (sequence,)
            ).fetchone()
            if gone is not None and gone[0] == State.WAITING:
                rows.execute("UPDATE spool SET dropped = dropped + 1")
                gaps.note_lost(rows, gone[1], sequence, why)
                command_book.settle_lost(rows, sequence, "the picture was lost on the camera")

    def refuse(self, sequence: int, reason: str) -> None:
        """Set a picture aside; one that was dropped on its way to the cloud is told as that."""
        with self.transaction() as rows:
            refused = rows.execute(
                "UPDATE captures SET state = 'refused', refusal = ? WHERE sequence = ?"
                " RETURNING spool_id",
                (reason, sequence),
            ).fetchone()
            if refused is not None:
                gaps.note_lost(rows, refused[0], sequence, wire.LossReason.REFUSED)
            rows.execute("UPDATE spool SET refused = refused + 1")
            command_book.settle_lost(rows, sequence, reason)

    def number_anew(self, kept: Kept) -> bool:
        """Put the picture under the present spool id; if it was that, under one that begins now."""
        begins = kept.spool_id == self.id
        spool_id = str(uuid.uuid4()) if begins else self.id
        with self.transaction() as rows:
            rows.execute("UPDATE spool SET id = ?", (spool_id,))
            rows.execute(
                "UPDATE captures SET spool_id = ? WHERE sequence = ?", (spool_id, kept.sequence)
            )
            if begins:
                rows.execute("INSERT INTO former_ids (id) VALUES (?)", (self.id,))
        self.id = spool_id
        return begins

    def count_attempt(self, sequence: int) -> None:
        with self.transaction() as rows:
            rows.execute(
                "UPDATE captures SET attempts = attempts + 1 WHERE sequence = ?", (sequence,)
            )

    def bytes_kept(self) -> int:
        return int(self._database.read_one("SELECT coalesce(sum(bytes), 0) FROM captures")[0])

    def counts(self) -> Counts:
        """All the numbers of one moment."""
        read_one = self._database.read_one
        acked, dropped, refused = read_one("SELECT acked, dropped, refused FROM spool")
        # The refused ones are few; all together are counted without a look at each.
        waiting, oldest_at = read_one(
            "SELECT (SELECT count(*) FROM captures)"
            " - (SELECT count(*) FROM captures WHERE state = 'refused'), (SELECT captured_at"
            " FROM captures WHERE state = 'waiting' ORDER BY sequence LIMIT 1)"
        )
        taken = read_one(HIGHEST)
        return Counts(
            waiting,
            oldest_at,
            taken[0] if taken else 0,
            acked,
            dropped,
            refused,
        )

    def keep_config(self, version: int, document: Mapping[str, object]) -> None:
        """Remember the configuration in force over a restart."""
        with self.transaction() as rows:
            rows.execute("DELETE FROM configuration")
            rows.execute(
                "INSERT INTO configuration (version, document) VALUES (?, ?)",
                (version, json.dumps(document)),
            )

    def kept_config(self) -> tuple[int, dict[str, object]] | None:
        """The configuration that was last in force; None on a new spool."""
        row = self._database.read_one("SELECT version, document FROM configuration")
        try:
            return None if row is None else (row[0], json.loads(row[1]))
        except ValueError:  # a bad block has garbled it
            return None

    def _lose_number(self, rows: sqlite3.Connection) -> None:
        sequence = _highest(rows) + 1
        _insert(rows, Kept(sequence, self.id, NOTHING_KNOWN), 0)
        rows.execute("DELETE FROM captures WHERE sequence = ?", (sequence,))
        rows.execute("UPDATE spool SET dropped = dropped + 1")
        gaps.note_lost(rows, self.id, sequence, wire.LossReason.DAMAGED)

    def _first(self, query: str, *values: object) -> Kept | None:
        row = self._database.read_one(query, *values)
        return None if row is None else _kept(row)


def _insert(rows: sqlite3.Connection, kept: Kept, ran_before: float) -> None:
    rows.execute(
        "INSERT INTO captures (sequence, spool_id, ran_before, file, bytes, sha256, media_type,"
        " captured_at, trigger_id, trigger_label, metadata)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kept.sequence, kept.spool_id, ran_before, *astuple(kept.entry)),
    )


def _mark_taken(rows: sqlite3.Connection, kept: Kept, command_id: str) -> None:
    entry = kept.entry
    command_book.mark_taken(
        rows, command_id, kept.sequence, entry.trigger_id or "", entry.trigger_label or ""
    )


def _highest(rows: sqlite3.Connection) -> int:
    row = rows.execute(HIGHEST).fetchone()
    return 0 if row is None else int(row[0])


def _has_number(rows: sqlite3.Connection, sequence: int) -> bool:
    found = rows.execute("SELECT 1 FROM captures WHERE sequence = ?", (sequence,)).fetchone()
    return found is not None


def _kept(row: Any) -> Kept:
    sequence, spool_id, refusal, *entry = row
    return Kept(sequence, spool_id, Entry(*entry), refusal)
