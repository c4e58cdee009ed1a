"""Reading the organization's log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from cloud.events.models import Event, EventCounter
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class News:
    """One event as it was told. `device_id` is the one that the outside knows."""

    seq: int
    kind: str
    device_id: str | None
    data: dict[str, Any]


async def last_seq(work: OrganizationWork) -> int:
    """The number of the organization's newest event; 0 before the first."""
    seq = await work.scalar(
        select(EventCounter.last_seq).where(EventCounter.organization_id == work.organization_id)
    )
    return int(seq or 0)


async def news_after(
    work: OrganizationWork, seq: int, *, limit: int, device_id: str | None = None
) -> Sequence[News]:
    """What came after a number, in order."""
    statement = select(Event.seq, Event.kind, Event.device_id, Event.data).where(
        Event.organization_id == work.organization_id, Event.seq > seq
    )
    if device_id is not None:
        statement = statement.where(Event.device_id == device_id)
    rows = await work.execute(statement.order_by(Event.seq).limit(limit))
    return [News(row.seq, row.kind, row.device_id, row.data) for row in rows]


async def oldest_seq(work: OrganizationWork) -> int | None:
    """The oldest number that can still be replayed."""
    seq = await work.scalar(
        select(Event.seq)
        .where(Event.organization_id == work.organization_id)
        .order_by(Event.seq)
        .limit(1)
    )
    return None if seq is None else int(seq)
