"""Which sequence numbers will never reach the cloud, and why, until the cloud has heard of them.

What was told is forgotten here: where its neighbours are lost later, the cloud joins them.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from device import wire

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS untold_gaps (
    spool_id TEXT NOT NULL,
    why TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (spool_id, why, first)
);
"""


@dataclass(frozen=True)
class Gap:
    """Numbers in a row under one spool id, both ends included, lost for one reason."""

    spool_id: str
    why: wire.LossReason
    first: int
    last: int

    def report(self) -> wire.GapReport:
        """As a heartbeat names it."""
        return {
            "spool_id": self.spool_id,
            "first": self.first,
            "last": self.last,
            "why": self.why,
        }


class GapBook:
    """What the cloud has yet to hear of. `writing` opens a transaction, one at a time."""

    def __init__(self, writing: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._writing = writing

    def untold(self) -> list[Gap]:
        """All of it, by the lowest numbers."""
        with self._writing() as rows:
            found = rows.execute(
                "SELECT spool_id, why, first, last FROM untold_gaps ORDER BY first"
            ).fetchall()
        return [Gap(spool_id, _reason_of(why), *numbers) for spool_id, why, *numbers in found]

    def note_told(self, gaps: Iterable[Gap]) -> None:
        """The cloud has heard of these; one that has grown since is told again, as a whole."""
        with self._writing() as rows:
            rows.executemany(
                "DELETE FROM untold_gaps WHERE spool_id = ? AND first = ? AND last = ?",
                [(gap.spool_id, gap.first, gap.last) for gap in gaps],
            )


def note_lost(rows: sqlite3.Connection, spool_id: str, sequence: int, why: wire.LossReason) -> None:
    """Add a number to what is to be told, joining the gaps of its sort that it touches."""
    touched = rows.execute(
        "DELETE FROM untold_gaps WHERE spool_id = ? AND why = ? AND last >= ? AND first <= ?"
        " RETURNING first, last",
        (spool_id, why, sequence - 1, sequence + 1),
    ).fetchall()
    first = min([sequence, *(first for first, _ in touched)])
    last = max([sequence, *(last for _, last in touched)])
    rows.execute(
        "INSERT INTO untold_gaps (spool_id, why, first, last) VALUES (?, ?, ?, ?)",
        (spool_id, why, first, last),
    )


def take_over(rows: sqlite3.Connection) -> None:
    """Have told what an older client remembered: under the present spool id, as that one did."""
    if rows.execute("SELECT 1 FROM sqlite_master WHERE name = 'gaps'").fetchone():
        rows.execute(
            "INSERT OR REPLACE INTO untold_gaps (spool_id, why, first, last)"
            " SELECT id, ?, first, last FROM gaps, spool",
            (wire.LossReason.UNKNOWN,),
        )
        rows.execute("DROP TABLE gaps")


def _reason_of(text: str) -> wire.LossReason:
    """A bad block may have garbled the word; the numbers are told all the same."""
    try:
        return wire.LossReason(text)
    except ValueError:
        return wire.LossReason.UNKNOWN
