"""What the platform's people see of all organizations: who they are and what they use.

No query looks over the wall between organizations: the accounts, which stand outside it, say which
there are, and each is then read by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, tuple_

from cloud.accounts.models import Role, Session, User
from cloud.captures.models import UsageDay
from cloud.devices.organization import organization_document
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.paging import Cursor, PageRequest

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class OrganizationPage:
    """Documents as the API shows them, the newest organization first."""

    organizations: Sequence[Mapping[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True)
class UserPage:
    """Rows with the columns of a user, newest first."""

    users: Sequence[RowMapping]
    next_cursor: str | None


async def list_all_organizations(database: Database, page: PageRequest) -> OrganizationPage:
    """Every organization that somebody belongs to. Their ids are in the order of their founding."""
    statement = select(User.organization_id).distinct().order_by(User.organization_id.desc())
    if page.cursor:
        statement = statement.where(User.organization_id < page.cursor.uuid)
    async with database.work() as work:
        found = (await work.execute(statement.limit(page.limit + 1))).scalars().all()
    documents = [await _read_organization(database, each) for each in found[: page.limit]]
    if len(found) <= page.limit:
        return OrganizationPage(documents, None)
    last = documents[-1]
    return OrganizationPage(documents, Cursor(last["created_at"], str(last["id"])).encode())


async def list_all_users(database: Database, page: PageRequest, *, email: str | None) -> UserPage:
    """Everybody who has an account, or whoever has this address."""
    last_seen = select(func.max(Session.last_seen_at)).where(Session.user_id == User.id)
    statement = select(
        User.id,
        User.organization_id,
        User.email,
        User.name,
        User.role,
        User.email_verified_at.is_not(None).label("email_verified"),
        User.created_at,
        last_seen.scalar_subquery().label("last_seen_at"),
    ).order_by(User.created_at.desc(), User.id.desc())
    if email is not None:
        statement = statement.where(User.email == email)
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(User.created_at, User.id) < behind)
    async with database.work() as work:
        rows = (await work.execute(statement.limit(page.limit + 1))).mappings().all()
    if len(rows) <= page.limit:
        return UserPage(rows, None)
    last = rows[page.limit - 1]
    return UserPage(rows[: page.limit], Cursor(last.created_at, str(last.id)).encode())


async def _read_organization(database: Database, organization_id: UUID) -> Mapping[str, Any]:
    async with database.work_for(organization_id) as work:
        return {
            **await organization_document(work),
            **await _read_people(work),
            "last_30_days": await _read_usage(work),
        }


async def _read_people(work: OrganizationWork) -> Mapping[str, Any]:
    rows = await work.execute(
        select(User.email, User.role).where(User.organization_id == work.organization_id)
    )
    people = rows.all()
    owners = sorted(row.email for row in people if row.role == Role.OWNER)
    return {"users": len(people), "owners": owners}


async def _read_usage(work: OrganizationWork) -> Mapping[str, Any]:
    rows = await work.execute(
        select(
            func.coalesce(func.sum(UsageDay.captures), 0).label("captures"),
            func.coalesce(func.sum(UsageDay.cost_usd), 0).label("cost_usd"),
        ).where(
            UsageDay.organization_id == work.organization_id,
            UsageDay.day > (utc_now() - LATELY).date(),
        )
    )
    row = rows.one()
    return {"captures": int(row.captures), "cost_usd": row.cost_usd}
