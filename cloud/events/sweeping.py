"""Removes news that is too old to be replayed: whoever was away longer reads the lists anew.

Always from the oldest on and never the newest, so that what is left has no gap, and its oldest
number tells a reader whether anything that it missed is gone.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, func, select

from cloud.accounts.queries import list_organizations
from cloud.events.models import Event
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.worker import serve_each

KEPT = timedelta(days=7)
BATCH = 1000
"""Events removed in one transaction, so that none takes long."""


async def sweep(database: Database) -> None:
    """Remove every organization's news of more than a week ago."""
    organizations = await list_organizations(database)
    await serve_each("events_sweep", organizations, partial(_sweep, database))


async def _sweep(database: Database, organization_id: UUID) -> None:
    async with database.work_for(organization_id) as work:
        first_kept = await _first_kept(work, utc_now() - KEPT)
    more = first_kept is not None
    while more:
        async with database.work_for(organization_id) as work:
            oldest = (
                select(Event.seq)
                .where(Event.organization_id == organization_id, Event.seq < first_kept)
                .order_by(Event.seq)
                .limit(BATCH)
            )
            removed = await work.run(
                delete(Event).where(Event.organization_id == organization_id, Event.seq.in_(oldest))
            )
        more = removed == BATCH


async def _first_kept(work: OrganizationWork, long_ago: datetime) -> int | None:
    """The number of the first event that is recent enough, else of the newest."""
    mine = Event.organization_id == work.organization_id
    first: int | None = await work.scalar(
        select(Event.seq).where(mine, Event.created_at >= long_ago).order_by(Event.seq).limit(1)
    )
    if first is None:
        first = await work.scalar(select(func.max(Event.seq)).where(mine))
    return first
