"""Removes share links that ended long ago, with the addresses of those who came by them."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, func

from cloud.accounts.queries import list_organizations
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.worker import serve_each
from cloud.sharing.models import ShareLink

KEPT = timedelta(days=90)


async def sweep(database: Database) -> None:
    """Remove every organization's links that expired or were revoked more than 90 days ago."""
    organizations = await list_organizations(database)
    await serve_each("shares_sweep", organizations, partial(_sweep, database))


async def _sweep(database: Database, organization_id: UUID) -> None:
    async with database.work_for(organization_id) as work:
        await work.execute(
            delete(ShareLink).where(
                ShareLink.organization_id == work.organization_id,
                func.least(ShareLink.expires_at, ShareLink.revoked_at) < utc_now() - KEPT,
            )
        )
