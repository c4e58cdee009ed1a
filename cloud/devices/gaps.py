"""Gaps: the pictures that a camera numbered and that will never come, as its heartbeats tell them.

A camera tells a gap until it knows that it was heard, and forgets it then. So the same one may come
twice, and one that grew comes in parts: numbers that touch under one spool id, lost for the same
reason, are one gap here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import delete, insert, select

from cloud.devices.models import CaptureGap
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from device.wire import LossReason

KEPT = 1000
"""Gaps kept of a device, those heard last. One that drops every second picture needs that many."""


@dataclass(frozen=True, order=True)
class Gap:
    """Numbers in a row under one spool id, both ends included, lost for one reason."""

    spool_id: str
    why: LossReason
    first: int
    last: int

    def is_followed_by(self, other: "Gap") -> bool:
        """Whether the other, which begins no earlier, goes on without a number in between."""
        is_alike = (self.spool_id, self.why) == (other.spool_id, other.why)
        return is_alike and other.first <= self.last + 1


def join_gaps(gaps: Iterable[Gap]) -> set[Gap]:
    """The same numbers in as few gaps as can be."""
    joined: list[Gap] = []
    for gap in sorted(gaps):
        if joined and joined[-1].is_followed_by(gap):
            joined[-1] = replace(joined[-1], last=max(joined[-1].last, gap.last))
        else:
            joined.append(gap)
    return set(joined)


async def hear_gaps(work: OrganizationWork, device_id: UUID, told: Collection[Gap]) -> None:
    """Keep what a device tells, joined with what is known. The caller holds the device's row.

    What was known already stays as it was heard first.
    """
    if not told:
        return
    known = await _read_known(work, device_id, {gap.spool_id for gap in told})
    joined = join_gaps([*known, *told])
    if new := joined - known.keys():
        await _remove(work, [row_id for gap, row_id in known.items() if gap not in joined])
        await _add(work, device_id, new)
        await _forget_surplus(work, device_id)


async def _read_known(
    work: OrganizationWork, device_id: UUID, spool_ids: Collection[str]
) -> dict[Gap, UUID]:
    found = await work.execute(
        select(CaptureGap).where(
            CaptureGap.organization_id == work.organization_id,
            CaptureGap.device_id == device_id,
            CaptureGap.spool_id.in_(spool_ids),
        )
    )
    return {Gap(row.spool_id, row.why, row.first, row.last): row.id for row in found.scalars()}


async def _remove(work: OrganizationWork, row_ids: Collection[UUID]) -> None:
    await work.execute(
        delete(CaptureGap).where(
            CaptureGap.organization_id == work.organization_id, CaptureGap.id.in_(row_ids)
        )
    )


async def _add(work: OrganizationWork, device_id: UUID, gaps: Iterable[Gap]) -> None:
    own = {"organization_id": work.organization_id, "device_id": device_id, "heard_at": utc_now()}
    rows = [{"id": new_id(), **own, **vars(gap)} for gap in sorted(gaps)]
    await work.execute(insert(CaptureGap), rows)


async def _forget_surplus(work: OrganizationWork, device_id: UUID) -> None:
    mine = (
        CaptureGap.organization_id == work.organization_id,
        CaptureGap.device_id == device_id,
    )
    newest_first = (CaptureGap.heard_at.desc(), CaptureGap.id.desc())
    surplus = select(CaptureGap.id).where(*mine).order_by(*newest_first).offset(KEPT)
    await work.execute(delete(CaptureGap).where(*mine, CaptureGap.id.in_(surplus)))
