"""The people of an organization: who they are, and what each may do.

Only owners make owners or change what an owner may do, and there is always one. Whoever is taken
out has no account any more: somebody belongs to exactly one organization.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, select, tuple_

from cloud.accounts.audit import note
from cloud.accounts.models import Organization, Role, Session, User
from cloud.accounts.sessions import Person, end_all_sessions
from cloud.accounts.withdrawing import withdraw_beyond
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, Forbidden, NotFound
from cloud.kit.paging import Cursor, PageRequest


@dataclass(frozen=True)
class MemberPage:
    """Rows with the columns of a member, newest first."""

    members: Sequence[RowMapping]
    next_cursor: str | None


async def list_members(work: OrganizationWork, page: PageRequest) -> MemberPage:
    """Everybody who belongs to the organization."""
    statement = _members(work).order_by(User.created_at.desc(), User.id.desc())
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(User.created_at, User.id) < behind)
    rows = (await work.execute(statement.limit(page.limit + 1))).mappings().all()
    if len(rows) <= page.limit:
        return MemberPage(rows, None)
    last = rows[page.limit - 1]
    return MemberPage(rows[: page.limit], Cursor(last.created_at, str(last.user_id)).encode())


async def read_member(work: OrganizationWork, user_id: UUID) -> RowMapping:
    """One of them. Raises NotFound."""
    found = await work.execute(_members(work).where(User.id == user_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise member_not_found()
    return row


async def change_role(work: OrganizationWork, who: Person, user_id: UUID, role: Role) -> None:
    """Give a member another role; invitations of theirs that it does not allow are taken back.

    Raises NotFound, Forbidden `owner_needed`, Conflict `last_owner`.
    """
    member = await _lock_member(work, user_id)
    before = Role(member.role)
    if before is role:
        return
    require_power_over(who, before, role)
    if before is Role.OWNER:
        await _require_another_owner(work, user_id)
    member.role = role
    note(work, who, "member.role_changed", member.email, role=role, before=before)
    await work.flush()
    await withdraw_beyond(work, who, member.email, role)


async def remove_member(work: OrganizationWork, who: Person, user_id: UUID) -> str:
    """Take a member out, and their account with them; their sessions end everywhere at once.

    The e-mail address that is free now. Raises NotFound, Forbidden `owner_needed`,
    Conflict `last_owner`.
    """
    member = await _lock_member(work, user_id)
    role, email = Role(member.role), member.email
    require_power_over(who, role)
    if role is Role.OWNER:
        await _require_another_owner(work, user_id)
    await end_all_sessions(work, user_id)
    await work.execute(
        delete(User).where(User.organization_id == work.organization_id, User.id == user_id)
    )
    note(work, who, "member.removed", email, role=role)
    await withdraw_beyond(work, who, email, None)
    return email


async def remove_everybody(work: OrganizationWork) -> None:
    """End all accounts of the organization, and all of their sessions."""
    mine = User.organization_id == work.organization_id
    for user_id in (await work.execute(select(User.id).where(mine))).scalars().all():
        await end_all_sessions(work, user_id)
    await work.execute(delete(User).where(mine))


def require_power_over(who: Person, *roles: Role) -> None:
    """Raises Forbidden where the role of an owner is given or taken by somebody who is none."""
    if Role.OWNER in roles and who.role is not Role.OWNER:
        raise Forbidden("owner_needed", "Only an owner can make owners or change what they may do.")


def parse_member_id(user_id: str) -> UUID:
    """What is no id cannot be found: raises NotFound."""
    try:
        return UUID(user_id)
    except ValueError:
        raise member_not_found() from None


def member_not_found() -> NotFound:
    return NotFound("member_not_found", "There is no such person in your organization.")


async def lock_organization(work: OrganizationWork) -> Organization:
    """The organization: until the commit nobody else changes who belongs to it."""
    found = await work.execute(
        select(Organization)
        .where(Organization.id == work.organization_id)
        .with_for_update(key_share=True)
    )
    organization: Organization = found.scalar_one()
    return organization


def _members(work: OrganizationWork) -> Select[*tuple[Any, ...]]:
    last_seen = select(func.max(Session.last_seen_at)).where(Session.user_id == User.id)
    return select(
        User.id.label("user_id"),
        User.email,
        User.name,
        User.role,
        User.email_verified_at.is_not(None).label("email_verified"),
        User.created_at,
        last_seen.scalar_subquery().label("last_seen_at"),
    ).where(User.organization_id == work.organization_id)


async def _lock_member(work: OrganizationWork, user_id: UUID) -> User:
    await lock_organization(work)
    member: User | None = await work.scalar(
        select(User).where(User.organization_id == work.organization_id, User.id == user_id)
    )
    if member is None:
        raise member_not_found()
    return member


async def _require_another_owner(work: OrganizationWork, user_id: UUID) -> None:
    others = await work.scalar(
        select(func.count()).where(
            User.organization_id == work.organization_id,
            User.role == Role.OWNER,
            User.id != user_id,
        )
    )
    if not others:
        raise Conflict(
            "last_owner",
            "An organization needs an owner. Make somebody else one first.",
        )
