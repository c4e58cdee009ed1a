"""The gates for people: `who: Member` in a route lets members, admins and owners in.

A person is known by a bearer access token, or by the browser's session cookie; with the cookie,
unsafe methods must come from our own pages. What a person writes is counted.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import func, select
from starlette.requests import HTTPConnection

from cloud.accounts.cookies import cookie_name
from cloud.accounts.models import Role, Session, User
from cloud.accounts.platform_admins import is_platform_admin
from cloud.accounts.sessions import Person, find_session
from cloud.kit.access import Audience
from cloud.kit.addresses import client_address
from cloud.kit.database import Database
from cloud.kit.errors import Forbidden, Unauthenticated
from cloud.kit.limits import Limit, hold_to
from cloud.kit.origin import SAFE_METHODS, require_same_origin
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings

WRITES = Limit("writes", burst=300, seconds=60)
"""Of one person, by API and pages together; some routes hold to a narrower limit as well."""

RANK = {role: rank for rank, role in enumerate(Role)}

AS_SOMEBODY = {
    Role.VIEWER: "a viewer",
    Role.MEMBER: "a member",
    Role.ADMIN: "an administrator",
    Role.OWNER: "an owner",
}
"""As the pages call them."""


def bearer_token(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def require_role(person: Person, minimum: Role) -> None:
    """Raises Forbidden."""
    if RANK[person.role] < RANK[minimum]:
        needed = AS_SOMEBODY[minimum]
        raise Forbidden("role_too_low", f"You need to be {needed} of your organization for this.")


class PersonGate:
    """Lets in whoever has at least this role."""

    def __init__(self, audience: Audience, minimum: Role) -> None:
        self.audience = audience
        self.minimum = minimum

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person:
        person = await identify(request, database, settings)
        require_role(person, self.minimum)
        return person


class PlatformAdminGate:
    """Lets in platform admins with a verified address."""

    audience = Audience.PLATFORM_ADMIN

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person:
        person = await identify(request, database, settings)
        if not person.is_platform_admin:
            raise Forbidden("not_platform_admin", "This is for the people who run this Visant.")
        return person


async def identify(request: Request, database: TheDatabase, settings: TheSettings) -> Person:
    """The person behind a request.

    Raises Unauthenticated, Forbidden for another site's, TooManyRequests for too many writes.
    """
    token = bearer_token(request)
    if token is None:
        token = request.cookies.get(cookie_name(settings))
        if token is not None:
            require_same_origin(request, settings)
    if token is None:
        raise not_signed_in()
    address = client_address(request, settings.trusted_proxies)
    person = await find_person(database, settings, token, address)
    if request.method not in SAFE_METHODS:
        await hold_to(request, database, WRITES, str(person.user_id))
    return person


async def find_person(database: Database, settings: Settings, token: str, address: str) -> Person:
    """Whose living sign-in a token is. Raises Unauthenticated."""
    found = await find_session(database, token)
    if found is None:
        raise session_ended()
    return Person(
        user_id=found.user_id,
        organization_id=found.organization_id,
        email=found.email,
        name=found.name,
        role=Role(found.role),
        email_verified=found.email_verified_at is not None,
        is_platform_admin=is_platform_admin(found, settings),
        preferences=found.preferences,
        session_id=found.session_id,
        session_kind=found.kind,
        address=address,
    )


async def require_session(database: Database, person: Person, minimum: Role = Role.VIEWER) -> None:
    """Whether a person is still signed in, with at least this role.

    What they once began may outlive the access token that began it, which lives for minutes.
    Raises Unauthenticated, Forbidden.
    """
    living = await database.ask(
        select(User.role)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.id == person.session_id,
            Session.ended_at.is_(None),
            Session.expires_at > func.clock_timestamp(),
        )
    )
    if not living:
        raise session_ended()
    require_role(replace(person, role=Role(living[0].role)), minimum)


def not_signed_in() -> Unauthenticated:
    return Unauthenticated("not_signed_in", "Sign in first.")


def session_ended() -> Unauthenticated:
    return Unauthenticated("session_ended", "This sign-in has ended. Sign in again.")


Viewer = Annotated[Person, Depends(PersonGate(Audience.VIEWER, Role.VIEWER))]
Member = Annotated[Person, Depends(PersonGate(Audience.MEMBER, Role.MEMBER))]
Admin = Annotated[Person, Depends(PersonGate(Audience.ADMIN, Role.ADMIN))]
Owner = Annotated[Person, Depends(PersonGate(Audience.OWNER, Role.OWNER))]
PlatformAdmin = Annotated[Person, Depends(PlatformAdminGate())]
