"""Removes triggers of long ago, with the commands that they led to."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select

from cloud.accounts.queries import list_organizations
from cloud.devices.commands import forget_commands
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.worker import serve_each
from cloud.triggers.models import Trigger

KEPT = timedelta(days=90)
BATCH = 500
"""Triggers removed in one transaction, so that none takes long."""


async def sweep(database: Database) -> None:
    """Remove every organization's triggers of more than 90 days ago."""
    organizations = await list_organizations(database)
    await serve_each("triggers_sweep", organizations, partial(_sweep, database))


async def _sweep(database: Database, organization_id: UUID) -> None:
    long_ago = utc_now() - KEPT
    while await _remove(database, organization_id, long_ago) == BATCH:
        continue


async def _remove(database: Database, organization_id: UUID, long_ago: datetime) -> int:
    async with database.work_for(organization_id) as work:
        oldest = await _oldest(work, long_ago)
        await forget_commands(work, oldest)
        await work.execute(
            delete(Trigger).where(
                Trigger.organization_id == organization_id, Trigger.id.in_(oldest)
            )
        )
    return len(oldest)


async def _oldest(work: OrganizationWork, long_ago: datetime) -> list[UUID]:
    found = await work.execute(
        select(Trigger.id)
        .where(Trigger.organization_id == work.organization_id, Trigger.requested_at < long_ago)
        .order_by(Trigger.requested_at)
        .limit(BATCH)
    )
    return list(found.scalars())
