"""Deleting captures: a tombstone first, then the files, then the row.

From the tombstone on nobody sees the capture. The files go in a worker's turn that can be repeated;
the row goes last, so that what is left of a crash half-way is still known.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.captures.documents import CAPTURE_COLUMNS, capture_document
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture
from cloud.captures.queries import capture_not_found
from cloud.events.append import EventKind, append
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim, Queue
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store

CAPTURE_DELETIONS = Queue("capture_deletions")
BATCH = 20
LEASE_SECONDS = 60


async def delete_capture(work: OrganizationWork, who: Person, record_id: UUID) -> None:
    """Hide a capture from everyone and have its files removed. Raises NotFound."""
    note(work, who, "capture.deleted", str(record_id))
    if not await bury(work, [record_id]):
        raise capture_not_found()


async def bury(work: OrganizationWork, record_ids: Sequence[UUID]) -> int:
    """Set the tombstones of captures, whoever wants them gone; how many had none before.

    Call it last in a transaction: it appends events, whose counter stays locked until the commit.
    """
    for record_id in record_ids:  # before the captures are locked, as the evaluator does it
        await EVALUATIONS.forget(work, record_id)
    buried = await work.execute(
        update(Capture)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.id.in_(record_ids),
            Capture.deleted_at.is_(None),
        )
        .values(deleted_at=func.clock_timestamp())
        .returning(*CAPTURE_COLUMNS)
    )
    rows = buried.all()
    for row in rows:
        await CAPTURE_DELETIONS.put(work, row.id, work.organization_id)
    for row in rows:
        gone = capture_document(row)
        await append(work, EventKind.CAPTURE_DELETED, gone, device_id=row.unit_id)
    return len(rows)


async def remove_buried(database: Database, store: Store) -> bool:
    """A worker's turn: remove the files and rows of buried captures; whether there may be more."""
    claims = await CAPTURE_DELETIONS.claim(
        database, limit=BATCH, lease_seconds=LEASE_SECONDS, after=None
    )
    for claim in claims:
        await _remove(database, store, claim)
    return len(claims) == BATCH


async def _remove(database: Database, store: Store, claim: Claim) -> None:
    async with database.work_for(claim.organization_id) as work:
        received_at = await work.scalar(
            select(Capture.received_at).where(
                Capture.organization_id == work.organization_id, Capture.id == claim.id
            )
        )
    if received_at is not None:
        await store.delete(image_key(claim.organization_id, received_at, claim.id))
        await store.delete(thumbnail_key(claim.organization_id, received_at, claim.id))
    async with database.work_for(claim.organization_id) as work:
        await CAPTURE_DELETIONS.finish(work, claim)
        await work.execute(
            delete(Capture).where(
                Capture.organization_id == work.organization_id, Capture.id == claim.id
            )
        )
