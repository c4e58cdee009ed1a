"""How long this camera has been at work, by which the age of what waits in the spool is told.

No clock of day will do: a small computer wakes up in 1970, and one wrong answer about the time puts
it years ahead. So the seconds of each run are counted by the monotonic clock and added up in the
spool's index. Time switched off counts for nothing: a picture may be kept longer, but none is lost.

The row functions work inside a transaction of the spool's index.
"""

import sqlite3
import time
from collections.abc import Callable
from typing import Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS running_time (seconds REAL NOT NULL);
"""


class RunningTime:
    """Seconds at work since the spool was new, this run's and those of all before."""

    def __init__(
        self, rows: sqlite3.Connection, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        if rows.execute("SELECT seconds FROM running_time").fetchone() is None:
            rows.execute("INSERT INTO running_time (seconds) VALUES (0)")
        self._before: float = rows.execute("SELECT seconds FROM running_time").fetchone()[0]
        self._monotonic = monotonic
        self._started = monotonic()

    def seconds(self) -> float:
        return self._before + self._monotonic() - self._started

    def note(self, rows: sqlite3.Connection) -> float:
        """Write it down, for the runs to come, and say it."""
        seconds = self.seconds()
        rows.execute("UPDATE running_time SET seconds = ?", (seconds,))
        return seconds
