"""Letting somebody in who has proved who they are: a session is opened and noted in the audit."""

from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.cookies import cookie_name
from cloud.accounts.models import Organization, User
from cloud.accounts.sessions import Actor, end_session, find_session, open_browser_session
from cloud.kit.addresses import client_address
from cloud.kit.database import Database, OrganizationWork, Work
from cloud.kit.settings import Settings

Opened_co = TypeVar("Opened_co", covariant=True)


@dataclass(frozen=True)
class Account:
    """A user and their organization."""

    user: User
    organization: Organization


@dataclass(frozen=True)
class Visitor:
    """Where somebody comes from, and with which program."""

    address: str
    user_agent: str | None


class OpenSession(Protocol[Opened_co]):
    """`open_api_session`, which gives a pair of tokens, or `open_browser_session`."""

    async def __call__(
        self, work: Work, user_id: UUID, *, address: str, user_agent: str | None
    ) -> Opened_co: ...


def visitor_of(request: Request, settings: Settings) -> Visitor:
    return Visitor(
        client_address(request, settings.trusted_proxies), request.headers.get("user-agent")
    )


async def admit(
    database: Database, user_id: UUID, visitor: Visitor, open_session: OpenSession[Opened_co]
) -> tuple[Account, Opened_co]:
    """Open a session for a user; what they get for it."""
    user = await _read_user(database, user_id)
    async with database.work_for(user.organization_id) as work:
        organization = await _read_organization(work)
        session = await open_session(
            work, user_id, address=visitor.address, user_agent=visitor.user_agent
        )
        note(work, Actor(user_id, user.email, visitor.address), "session.opened")
    return Account(user, organization), session


async def admit_browser(
    request: Request, database: Database, settings: Settings, user_id: UUID
) -> str:
    """The token for `set_session_cookie`. The sign-in that the browser had before ends."""
    visitor = visitor_of(request, settings)
    _, token = await admit(database, user_id, visitor, open_browser_session)
    before = request.cookies.get(cookie_name(settings))
    if before is not None:
        await _end_before(database, before, visitor)
    return token


async def read_account(database: Database, user_id: UUID) -> Account:
    """A user who is known to be there, and their organization."""
    user = await _read_user(database, user_id)
    async with database.work_for(user.organization_id) as work:
        return Account(user, await _read_organization(work))


async def _end_before(database: Database, token: str, visitor: Visitor) -> None:
    found = await find_session(database, token)
    if found is None:
        return
    async with database.work_for(found.organization_id) as work:
        await end_session(work, found.session_id)
        who = Actor(found.user_id, found.email, visitor.address)
        note(work, who, "session.ended", everywhere=False)


async def _read_user(database: Database, user_id: UUID) -> User:
    async with database.work() as work:
        user: User = (await work.execute(select(User).where(User.id == user_id))).scalar_one()
    return user


async def _read_organization(work: OrganizationWork) -> Organization:
    found = await work.execute(select(Organization).where(Organization.id == work.organization_id))
    organization: Organization = found.scalar_one()
    return organization
