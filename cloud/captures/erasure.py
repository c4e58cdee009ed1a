"""Erasing all captures of a released camera whose owner asked for it.

The camera stays queued until none of its captures is left, so that a crash only pauses it. No new
ones can come: an upload is refused in the transaction that would write it down.
"""

from sqlalchemy import select

from cloud.captures.deletion import bury
from cloud.captures.models import Capture
from cloud.devices.release import ERASURES
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim
from cloud.kit.worker import handle_due

CAMERAS_AT_ONCE = 10
CAPTURES_AT_ONCE = 20
"""Few, as the organization's counter of events is locked meanwhile."""

LEASE_SECONDS = 30


async def take_erasure_turn(database: Database) -> bool:
    """A worker's turn: bury some captures of each camera; whether there may be more to do."""
    handled = await handle_due(
        ERASURES, _erase_some, database, limit=CAMERAS_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled > 0


async def _erase_some(work: OrganizationWork, claim: Claim) -> None:
    left = select(Capture.id).where(
        Capture.organization_id == work.organization_id,
        Capture.device_id == claim.id,
        Capture.deleted_at.is_(None),
    )
    record_ids = (await work.execute(left.limit(CAPTURES_AT_ONCE))).scalars().all()
    if len(record_ids) < CAPTURES_AT_ONCE:
        await ERASURES.finish(work, claim)
    else:
        await ERASURES.give_back(work, claim)
    await bury(work, record_ids)
