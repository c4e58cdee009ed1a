"""The worker of digests: when an organization's morning has come, its day is told, once.

Any number of processes may look, as often as they like: the row of the day is unique, and it is
written in one transaction with the messages.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from cloud.accounts.queries import list_organizations
from cloud.alerts.digests import has_digest, keep_digest
from cloud.alerts.letters import read_zone
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.kit.worker import serve_each
from cloud.watch.digest.compiling import compile_digest
from cloud.watch.digest.days import STILL_NEWS, last_day

LOOK_EVERY_SECONDS = 300.0


async def tell_of_mornings(database: Database, settings: Settings) -> None:
    """Make and tell the digests that are due in all organizations."""
    organizations = await list_organizations(database)

    async def tell(organization_id: UUID) -> bool:
        return await tell_of_morning(database, settings, organization_id, utc_now())

    await serve_each("digests", organizations, tell)


async def tell_of_morning(
    database: Database, settings: Settings, organization_id: UUID, now: datetime
) -> bool:
    """Make and tell an organization's digest of the last morning, if it is due; whether it was."""
    async with database.work_for(organization_id) as work:
        zone = ZoneInfo(await read_zone(work))
        span = last_day(now, zone)
        if now - span.end > STILL_NEWS or await has_digest(work, span.day):
            return False
        document = await compile_digest(work, span, zone, settings)
        if document is None:
            return False
        return await keep_digest(work, span.day, document)
