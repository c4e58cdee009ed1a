"""Deleting captures: a tombstone first, then the files, then the row.

From the tombstone on nobody sees the capture. The files go in a worker's turn that can be repeated;
the row goes last, so that what is left of a crash half-way is still known.
"""

from uuid import UUID

from sqlalchemy import delete, select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture
from cloud.captures.queries import get_capture
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim, Queue
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store

CAPTURE_DELETIONS = Queue("capture_deletions")
BATCH = 20
LEASE_SECONDS = 60


async def delete_capture(work: OrganizationWork, who: Person, record_id: UUID) -> None:
    """Hide a capture from everyone and have its files removed. Raises NotFound."""
    capture = await get_capture(work, record_id, lock=True)
    note(work, who, "capture.deleted", str(record_id))
    await bury(work, capture)


async def bury(work: OrganizationWork, capture: Capture) -> None:
    """Set the tombstone of a capture, whoever wants it gone."""
    capture.deleted_at = utc_now()
    await work.flush()
    await EVALUATIONS.forget(work, capture.id)
    await CAPTURE_DELETIONS.put(work, capture.id, work.organization_id)
    gone = {"record_id": str(capture.id), "device_id": capture.unit_id}
    await append(work, EventKind.CAPTURE_DELETED, gone, device_id=capture.unit_id)


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
