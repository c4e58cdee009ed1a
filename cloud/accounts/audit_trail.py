"""Reading the audit: its newest entries first, by who, what and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from cloud.accounts.models import AuditEntry
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import Cursor, PageRequest


@dataclass(frozen=True)
class AuditFilter:
    """What to look for; None does not filter.

    `actor` is an e-mail address or `device ID`. `action` is one (`device.released`) or the noun of
    several (`device`). `before` itself is left out.
    """

    actor: str | None = None
    action: str | None = None
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    entries: Sequence[AuditEntry]
    next_cursor: str | None


async def list_audit(
    work: OrganizationWork, page: PageRequest, wanted: AuditFilter = AuditFilter()
) -> AuditPage:
    """What was done in the organization."""
    statement = (
        select(AuditEntry)
        .where(AuditEntry.organization_id == work.organization_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(page.limit + 1)
    )
    if wanted.actor:
        statement = statement.where(AuditEntry.actor == wanted.actor.lower().strip())
    if wanted.action:
        names = AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        statement = statement.where((AuditEntry.action == wanted.action) | names)
    if wanted.after:
        statement = statement.where(AuditEntry.at >= wanted.after)
    if wanted.before:
        statement = statement.where(AuditEntry.at < wanted.before)
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(AuditEntry.at, AuditEntry.id) < behind)
    found: Sequence[AuditEntry] = (await work.execute(statement)).scalars().all()
    if len(found) <= page.limit:
        return AuditPage(found, None)
    last = found[page.limit - 1]
    return AuditPage(found[: page.limit], Cursor(last.at, str(last.id)).encode())
