"""Pictures in the spool, as its index knows them."""

from dataclasses import dataclass
from enum import StrEnum


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
    """A picture in the spool, under its number; `spool_id` names the counter of that."""

    sequence: int
    spool_id: str
    entry: Entry
    refusal: str | None = None


@dataclass(frozen=True)
class Found:
    """A finished picture that the index does not know, as its file tells of it."""

    spool_id: str
    sequence: int
    entry: Entry
    command_id: str | None


NOTHING_KNOWN = Entry("", 0, "", "", "", None, None, "")
"""Stands for a picture of which no more is known than that it was lost."""
