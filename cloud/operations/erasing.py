"""Erases what an ended organization leaves behind: queued work, pictures, rows, the tombstone.

Each step is small and may be repeated, so that a crash only pauses it. An upload that was under way
at the end may have left a file that no row tells of: so the last look, with which the tombstone
goes, comes when none can be under way any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, literal_column, select
from sqlalchemy import Table as SqlTable

from cloud.accounts.models import Organization
from cloud.captures.ingest import LONGEST_WAY_IN
from cloud.captures.models import Capture
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.logs import get_logger
from cloud.kit.queue import Claim, QueuedWork
from cloud.operations.contents import own_tables
from cloud.operations.ending import DELETIONS
from cloud.storage.keys import day_prefix, image_key, thumbnail_key
from cloud.storage.store import Store

log = get_logger(__name__)

SLOTS = 1
ROWS_AT_ONCE = 2000
PICTURES_AT_ONCE = 100
SETTLED_AFTER = 2 * LONGEST_WAY_IN
"""After the end; then no upload can be under way."""

DAYS_LOOKED_AT = 3
ROW: ColumnElement[object] = literal_column("ctid")


@dataclass(frozen=True)
class Eraser:
    """Handles the claims of ended organizations."""

    database: Database
    store: Store

    async def erase(self, claim: Claim) -> None:
        """Erase what there is; the tombstone too, once nothing more can come."""
        ended_at = await self._read_end(claim)
        await self._remove_queued(claim)
        for table in reversed(own_tables()):
            if table.name == "captures":
                await self._remove_captures(claim.organization_id)
            elif table.name == "audit_entries":
                await self._remove_audit(claim.organization_id)
            elif table.name != "queued_work":
                await self._remove_rows(claim.organization_id, table)
        await self._remove_strays(claim.organization_id)
        await self._finish(claim, ended_at)

    async def _read_end(self, claim: Claim) -> datetime:
        async with self.database.work_for(claim.organization_id) as work:
            mine = Organization.id == work.organization_id
            ended_at: datetime | None = await work.scalar(
                select(Organization.deleted_at).where(mine)
            )
        if ended_at is None:
            raise AssertionError("nobody has ended this organization")
        return ended_at

    async def _remove_queued(self, claim: Claim) -> None:
        """First, so that nothing is begun with what goes away."""
        mine = (QueuedWork.organization_id == claim.organization_id, QueuedWork.id != claim.id)
        await self._repeat(claim.organization_id, QueuedWork.__table__, *mine)  # type: ignore[arg-type]

    async def _remove_rows(self, organization_id: UUID, table: SqlTable) -> None:
        await self._repeat(organization_id, table, table.c.organization_id == organization_id)

    async def _repeat(self, organization_id: UUID, table: SqlTable, *mine: object) -> None:
        some = select(ROW).select_from(table).where(*mine).limit(ROWS_AT_ONCE)  # type: ignore[arg-type]
        removed = ROWS_AT_ONCE
        while removed == ROWS_AT_ONCE:
            async with self.database.work_for(organization_id) as work:
                removed = await work.run(delete(table).where(ROW.in_(some)))

    async def _remove_audit(self, organization_id: UUID) -> None:
        removed = ROWS_AT_ONCE
        while removed == ROWS_AT_ONCE:
            async with self.database.work_for(organization_id) as work:
                erase = func.erase_audit_of_ended_organization(ROWS_AT_ONCE)
                removed = await work.scalar(select(erase))

    async def _remove_captures(self, organization_id: UUID) -> None:
        """The files before their rows, so that what is left of a crash is still known."""
        while rows := await self._read_captures(organization_id):
            for row in rows:
                await self.store.delete(image_key(organization_id, row.received_at, row.id))
                await self.store.delete(thumbnail_key(organization_id, row.received_at, row.id))
            async with self.database.work_for(organization_id) as work:
                await work.execute(
                    delete(Capture).where(
                        Capture.organization_id == organization_id,
                        Capture.id.in_([row.id for row in rows]),
                    )
                )

    async def _read_captures(self, organization_id: UUID) -> Sequence[Row[tuple[UUID, datetime]]]:
        async with self.database.work_for(organization_id) as work:
            found = await work.execute(
                select(Capture.id, Capture.received_at)
                .where(Capture.organization_id == organization_id)
                .limit(PICTURES_AT_ONCE)
            )
            return found.all()

    async def _remove_strays(self, organization_id: UUID) -> None:
        """Files without a row. Older ones the hourly sweep has found before the end."""
        for days in range(DAYS_LOOKED_AT):
            prefix = day_prefix(organization_id, utc_now() - timedelta(days=days))
            for stored in await self.store.list_objects(prefix):
                await self.store.delete(stored.key)

    async def _finish(self, claim: Claim, ended_at: datetime) -> None:
        left = ended_at + SETTLED_AFTER - utc_now()
        async with self.database.work_for(claim.organization_id) as work:
            if left > timedelta():
                await DELETIONS.retry(work, claim, left.total_seconds(), attempted=False)
            else:
                await _remove_tombstone(work, claim)


async def _remove_tombstone(work: OrganizationWork, claim: Claim) -> None:
    await DELETIONS.finish(work, claim)
    await work.execute(delete(Organization).where(Organization.id == work.organization_id))
    log.info("organization_erased", organization_id=str(work.organization_id))
