"""Reading gaps: which pictures of a camera are missing, by what its heartbeats told.

A picture may have come although its camera gave it up: the answer to it was lost on the way. So of
each gap only the numbers count that no capture has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Subquery, func, select, tuple_

from cloud.captures.models import Capture
from cloud.devices.models import CaptureGap
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import Cursor, PageRequest
from device.wire import LossReason


@dataclass(frozen=True)
class GapPage:
    """Each row has `id`, `spool_id`, `first`, `last`, `why`, `heard_at` and `count`."""

    rows: Sequence[Row[Any]]
    next_cursor: str | None


@dataclass(frozen=True)
class Missing:
    """How many pictures are missing for one reason, and when the camera last told of one."""

    why: LossReason
    count: int
    told_at: datetime


async def list_gaps(work: OrganizationWork, device_id: UUID, page: PageRequest) -> GapPage:
    """A page of a camera's gaps, the last heard first. `device_id` is the row's id, here and below.

    One whose pictures have all come is none.
    """
    gaps = _counted(work, device_id)
    statement = select(gaps).where(gaps.c.count > 0)
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(gaps.c.heard_at, gaps.c.id) < behind)
    statement = statement.order_by(gaps.c.heard_at.desc(), gaps.c.id.desc())
    rows = (await work.execute(statement.limit(page.limit + 1))).all()
    if len(rows) <= page.limit:
        return GapPage(rows, None)
    last = rows[page.limit - 1]
    return GapPage(rows[: page.limit], Cursor(last.heard_at, str(last.id)).encode())


async def count_missing(
    work: OrganizationWork, device_id: UUID, *, since: datetime
) -> list[Missing]:
    """What a camera told since then, by reason, the last told first."""
    gaps = _counted(work, device_id)
    told_at = func.max(gaps.c.heard_at)
    found = await work.execute(
        select(gaps.c.why, func.sum(gaps.c.count), told_at)
        .where(gaps.c.count > 0, gaps.c.heard_at >= since)
        .group_by(gaps.c.why)
        .order_by(told_at.desc())
    )
    return [Missing(LossReason(why), int(count), at) for why, count, at in found]


def _counted(work: OrganizationWork, device_id: UUID) -> Subquery:
    came = (
        select(func.count())
        .where(
            Capture.organization_id == CaptureGap.organization_id,
            Capture.device_id == CaptureGap.device_id,
            Capture.spool_id == CaptureGap.spool_id,
            Capture.sequence.between(CaptureGap.first, CaptureGap.last),
        )
        .scalar_subquery()
    )
    return (
        select(
            CaptureGap.id,
            CaptureGap.spool_id,
            CaptureGap.first,
            CaptureGap.last,
            CaptureGap.why,
            CaptureGap.heard_at,
            (CaptureGap.last - CaptureGap.first + 1 - came).label("count"),
        )
        .where(
            CaptureGap.organization_id == work.organization_id, CaptureGap.device_id == device_id
        )
        .subquery()
    )
