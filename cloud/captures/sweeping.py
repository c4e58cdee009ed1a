"""Removes files that are nobody's: what dead processes and doubtful commits left in the store.

A file is removed only if it is old enough that its upload cannot be under way any more, and if no
row, not even a tombstone, is of its capture. An organization that seems to have lost more than half
of its captures keeps all of its files: then it is the database that is wrong.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.queries import list_organizations
from cloud.captures.ingest import LONGEST_WAY_IN
from cloud.captures.models import Capture
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.logs import get_logger
from cloud.kit.worker import serve_each
from cloud.storage.keys import day_prefix
from cloud.storage.store import Store

log = get_logger(__name__)

OLD_ENOUGH = 2 * LONGEST_WAY_IN
DAYS_LOOKED_AT = 3
ASKED_AT_ONCE = 1000


async def sweep(database: Database, store: Store) -> None:
    """Remove unfinished files, and of the last days the files without a capture."""
    await store.sweep()
    organizations = await list_organizations(database)
    await serve_each("captures_sweep", organizations, partial(_sweep, database, store))


async def _sweep(database: Database, store: Store, organization_id: UUID) -> None:
    files = await _list_files(store, organization_id, utc_now())
    known = await _find_known(database, organization_id, set(files.values()))
    strays = [key for key, record_id in files.items() if record_id not in known]
    if 2 * len(strays) > len(files):
        log.error(
            "sweep_refused",
            organization_id=str(organization_id),
            looked_at=len(files),
            without_capture=len(strays),
        )
        return
    for key in strays:
        await store.delete(key)
    if strays:
        log.info("strays_removed", organization_id=str(organization_id), files=len(strays))


async def _list_files(store: Store, organization_id: UUID, now: datetime) -> dict[str, UUID]:
    """The keys of files that are old enough, and of which captures they are."""
    files = {}
    for days in range(DAYS_LOOKED_AT):
        prefix = day_prefix(organization_id, now - timedelta(days=days))
        for stored in await store.list_objects(prefix):
            record_id = _record_id(stored.key)
            if record_id is not None and stored.modified_at < now - OLD_ENOUGH:
                files[stored.key] = record_id
    return files


async def _find_known(
    database: Database, organization_id: UUID, record_ids: Iterable[UUID]
) -> set[UUID]:
    known: set[UUID] = set()
    for asked in _in_parts(sorted(record_ids)):
        async with database.work_for(organization_id) as work:
            found = await work.execute(
                select(Capture.id).where(
                    Capture.organization_id == organization_id, Capture.id.in_(asked)
                )
            )
            known |= set(found.scalars())
    return known


def _in_parts(record_ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (
        record_ids[start : start + ASKED_AT_ONCE]
        for start in range(0, len(record_ids), ASKED_AT_ONCE)
    )


def _record_id(key: str) -> UUID | None:
    """Of which capture a file is; None for what no capture's key looks like."""
    try:
        return UUID(key.rpartition("/")[2].partition(".")[0])
    except ValueError:
        return None
