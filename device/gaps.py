"""Which sequence numbers will never reach the cloud, as ranges, so that a loss can be named.

The row functions work inside a transaction of the spool's index.
"""

import sqlite3
from typing import Final

from device import wire

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS gaps (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
"""

KEPT: Final = wire.MAX_GAPS
"""Ranges remembered, the newest ones; the count of all losses is kept beside them."""

READ: Final = "SELECT first, last FROM gaps ORDER BY first"
"""The ranges remembered, oldest first."""

Gap = tuple[int, int]
"""The first and the last number lost in a row."""


def widen_gaps(rows: sqlite3.Connection, sequence: int) -> None:
    """Add one lost number, joining it with the ranges that it touches."""
    touching = rows.execute(
        "SELECT first, last FROM gaps WHERE last >= ? AND first <= ?", (sequence - 1, sequence + 1)
    ).fetchall()
    first = min([sequence, *(first for first, _ in touching)])
    last = max([sequence, *(last for _, last in touching)])
    rows.execute("DELETE FROM gaps WHERE last >= ? AND first <= ?", (first, last))
    rows.execute("INSERT INTO gaps (first, last) VALUES (?, ?)", (first, last))
    rows.execute(
        "DELETE FROM gaps WHERE first NOT IN (SELECT first FROM gaps ORDER BY first DESC LIMIT ?)",
        (KEPT,),
    )
