"""The names under which bytes are stored: by organization and day, so that both can be listed."""

import re
from datetime import UTC, datetime
from uuid import UUID

_PART = r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*", re.ASCII)
_LONGEST = 200  # characters; no part can then be longer than a file's name may be


def image_key(organization_id: UUID, received_at: datetime, record_id: UUID) -> str:
    """Where a capture's picture is kept: `{organization_id}/{yyyy}/{mm}/{dd}/{record_id}.jpg`."""
    return f"{day_prefix(organization_id, received_at)}/{record_id}.jpg"


def thumbnail_key(organization_id: UUID, received_at: datetime, record_id: UUID) -> str:
    """Where a capture's thumbnail is kept: beside its picture, ending in `.thumb.jpg`."""
    return f"{day_prefix(organization_id, received_at)}/{record_id}.thumb.jpg"


def day_prefix(organization_id: UUID, moment: datetime) -> str:
    """What all keys of an organization's day, in UTC, begin with."""
    return f"{organization_id}/{moment.astimezone(UTC):%Y/%m/%d}"


def split_key(key: str) -> tuple[str, ...]:
    """The parts of a key. Raises ValueError for one that could lead out of the store."""
    if len(key) > _LONGEST or _KEY.fullmatch(key) is None:
        raise ValueError(f"{key[:_LONGEST]!r} is not a key of the store")
    return tuple(key.split("/"))
