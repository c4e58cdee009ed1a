"""Cursors that describe what they found by name and type alone, as is all that SQLAlchemy reads.

It reads that after every statement. The driver's own description looks each column's type up in a
registry, which for a row of forty columns takes a fifth of the statement's time.
"""

from typing import Any

import psycopg
from psycopg.pq import ExecStatus


class PlainCursor(psycopg.AsyncCursor[Any]):
    """The driver's cursor, but for its description: columns as PEP 249 has them."""

    @property
    def description(self) -> list[Any] | None:
        found = self.pgresult
        if found is None or found.status != ExecStatus.TUPLES_OK:
            return None
        return [
            ((found.fname(column) or b"").decode(), found.ftype(column), *UNKNOWN)
            for column in range(found.nfields)
        ]


UNKNOWN = (None,) * 5
"""What PEP 249 leaves open: sizes, precision, and whether there may be none."""
