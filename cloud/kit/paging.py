"""Pages of a list by keyset cursor: the place behind the last row shown, never an offset."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Query

from cloud.kit.errors import FieldError, Malformed

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200


@dataclass(frozen=True)
class Cursor:
    """Where the next page starts: behind this moment and, within it, behind this id."""

    at: datetime
    id: str

    def encode(self) -> str:
        raw = orjson.dumps([self.at.isoformat(), self.id])
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raises Malformed for anything that `encode` did not make."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            at, row_id = orjson.loads(raw)
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None or not isinstance(row_id, str) or "\x00" in row_id:
                raise _unreadable()
            return cls(moment, row_id)
        except (binascii.Error, ValueError, TypeError, orjson.JSONDecodeError):
            raise _unreadable() from None

    @property
    def uuid(self) -> UUID:
        """The id of rows that have UUIDs. Raises Malformed."""
        try:
            return UUID(self.id)
        except ValueError:
            raise _unreadable() from None


@dataclass(frozen=True)
class PageRequest:
    """How many, and from where on."""

    limit: int = DEFAULT_LIMIT
    cursor: Cursor | None = None


async def _page_request(
    limit: Annotated[
        int, Query(ge=1, le=LARGEST_LIMIT, description="At most this many.")
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> PageRequest:
    return PageRequest(limit, Cursor.decode(cursor) if cursor else None)


Paged = Annotated[PageRequest, Depends(_page_request)]


def _unreadable() -> Malformed:
    return Malformed(
        "cursor_malformed",
        "The cursor is not one that a list gave. Leave it out to start anew.",
        errors=(FieldError("cursor", "not a cursor"),),
    )
