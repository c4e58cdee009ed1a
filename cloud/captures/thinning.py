"""Letting full pictures go that show what others show: dedupe at the verdict, streaks afterwards.

The row and the thumbnail stay. The row says first that the picture is not kept, so that nobody asks
for it; the file goes in a worker's turn that can be repeated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim, LeaseLost, Queue
from cloud.storage.keys import image_key
from cloud.storage.store import Store

IMAGE_REMOVALS = Queue("image_removals")
BATCH = 20
LEASE_SECONDS = 60


@dataclass(frozen=True)
class Kept:
    """One capture in the row of a camera's captures, and whether its full picture is there.

    `needed` is one that somebody may still want, whatever its neighbours show.
    """

    id: UUID
    state: State | None
    image_stored: bool = True
    needed: bool = False


def choose_surplus(row: Iterable[Kept], *, threshold: int, keep_every: int) -> list[UUID]:
    """Whose full pictures need not be kept, of a camera's captures in the order of their taking.

    In a row of normal captures the first `threshold` are kept, and of the others one in
    `keep_every`, counted from the last that is still there. So it comes out the same wherever the
    row begins and however often it is asked.
    """
    surplus, normal, since_kept = [], 0, 0
    for one in row:
        if one.state is not State.NORMAL:
            normal = since_kept = 0
            continue
        normal += 1
        may_go = one.image_stored and not one.needed and normal > threshold
        goes = may_go and since_kept + 1 < keep_every
        if goes:
            surplus.append(one.id)
        since_kept = 0 if one.image_stored and not goes else since_kept + 1
    return surplus


async def let_images_go(work: OrganizationWork, record_ids: Sequence[UUID]) -> int:
    """Keep the full pictures of these captures no longer; how many there were.

    What was judged abnormal, is being judged, or the operator has spoken on is passed over. They
    are locked by their ids, as for an operator's word on several: else each may wait for the other.
    """
    locked = (
        select(Capture.id)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.id.in_(record_ids),
            Capture.image_stored,
            Capture.evaluation_status == EvaluationStatus.COMPLETED,
            Capture.state == State.NORMAL,
            Capture.disposition.is_(None),
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.id)
        .with_for_update()
    )
    gone = await work.execute(
        update(Capture)
        .where(Capture.organization_id == work.organization_id, Capture.id.in_(locked))
        .values(image_stored=False)
        .returning(Capture.id)
    )
    found = gone.scalars().all()
    for record_id in found:
        await IMAGE_REMOVALS.put(work, record_id, work.organization_id)
    return len(found)


async def remove_images(database: Database, store: Store) -> bool:
    """A worker's turn: remove files of pictures that are not kept; whether there may be more."""
    claims = await IMAGE_REMOVALS.claim(
        database, limit=BATCH, lease_seconds=LEASE_SECONDS, after=None
    )
    for claim in claims:
        try:
            await _remove(database, store, claim)
        except LeaseLost:
            continue
    return len(claims) == BATCH


async def _remove(database: Database, store: Store, claim: Claim) -> None:
    async with database.work_for(claim.organization_id) as work:
        received_at = await work.scalar(
            select(Capture.received_at).where(
                Capture.organization_id == work.organization_id,
                Capture.id == claim.id,
                ~Capture.image_stored,
            )
        )
    if received_at is not None:
        await store.delete(image_key(claim.organization_id, received_at, claim.id))
    async with database.work_for(claim.organization_id) as work:
        await IMAGE_REMOVALS.finish(work, claim)
