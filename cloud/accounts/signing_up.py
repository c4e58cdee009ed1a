"""Signing up: a user who owns a fresh organization, and a mail to prove the address.

Whoever comes by an invitation joins its organization with its role instead; that they have the link
proves the address.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy.exc import IntegrityError

from cloud.accounts.admission import Account, Visitor, admit, admit_browser, visitor_of
from cloud.accounts.audit import note
from cloud.accounts.identity import Credential, IdentityProvider
from cloud.accounts.invitations import (
    Invited,
    find_invited,
    require_invited_address,
    use_invitation,
)
from cloud.accounts.models import Organization, Role, User
from cloud.accounts.sessions import Actor, TokenPair, open_api_session
from cloud.accounts.throttling import SIGN_UPS, SIGN_UPS_BY_INVITATION, count_by_address
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork, constraint_of
from cloud.kit.errors import Conflict, FieldError, Gone, Malformed
from cloud.kit.ids import new_id
from cloud.kit.limits import hold_to
from cloud.kit.settings import Settings


@dataclass(frozen=True)
class Newcomer:
    """Who wants an account. `email` is normalized (`cloud.accounts.emails`)."""

    email: str
    password: str
    name: str | None = None
    invitation: str | None = None
    """The token of a mailed link."""
    time_zone: str | None = None
    """Of the organization that is founded, or of whoever joins one that goes by another."""


async def sign_up(
    request: Request,
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    newcomer: Newcomer,
) -> tuple[Account, TokenPair]:
    """The account and its first tokens.

    Raises what `create_account` does, and TooManyRequests.
    """
    await _count(request, database, settings, newcomer)
    visitor = visitor_of(request, settings)
    user_id = await create_account(database, settings, identity, newcomer, visitor)
    return await admit(database, user_id, visitor, open_api_session)


async def sign_up_browser(
    request: Request,
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    newcomer: Newcomer,
) -> str:
    """The token for `set_session_cookie`. Raises as `sign_up` does."""
    await _count(request, database, settings, newcomer)
    visitor = visitor_of(request, settings)
    user_id = await create_account(database, settings, identity, newcomer, visitor)
    return await admit_browser(request, database, settings, user_id)


async def create_account(
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    newcomer: Newcomer,
    visitor: Visitor,
) -> UUID:
    """The new user's id.

    Raises Conflict `email_taken`, Malformed `password_too_weak`, and for an invitation Gone
    `invitation_over` or Malformed `invitation_of_another_address`.
    """
    invited = await _find_invited(database, newcomer)
    credential = await identity.enrol(newcomer.email, newcomer.password, newcomer.name)
    user = _new_user(newcomer, credential)
    user.organization_id = invited.organization_id if invited else new_id()
    async with database.work_for(user.organization_id) as work:
        if invited is None:
            await _found_organization(work, settings, user, newcomer.time_zone)
            await identity.ask_to_verify(work, newcomer.email)
        else:
            await use_invitation(work, invited)
            user.role, user.email_verified_at = invited.role, utc_now()
            user.preferences = await _own_zone(work, newcomer.time_zone)
        await _add(work, user)
        joined = {"invited_by": invited.invited_by, "role": user.role} if invited else {}
        note(work, Actor(user.id, user.email, visitor.address), "user.signed_up", **joined)
    return user.id


async def _count(
    request: Request, database: Database, settings: Settings, newcomer: Newcomer
) -> None:
    """Raises TooManyRequests. What is wrong with an invitation is said once this was counted."""
    try:
        invited = await _find_invited(database, newcomer)
    except (Gone, Malformed):
        invited = None
    if invited is None:
        await count_by_address(request, database, settings, SIGN_UPS)
    else:
        await hold_to(request, database, SIGN_UPS_BY_INVITATION, str(invited.invitation_id))


async def _find_invited(database: Database, newcomer: Newcomer) -> Invited | None:
    if newcomer.invitation is None:
        return None
    invited = await find_invited(database, newcomer.invitation)
    require_invited_address(invited, newcomer.email)
    return invited


def _new_user(newcomer: Newcomer, credential: Credential) -> User:
    return User(
        id=new_id(),
        email=newcomer.email,
        name=newcomer.name or _name_in(newcomer.email),
        role=Role.OWNER,
        password_hash=credential.password_hash,
        supabase_user_id=credential.supabase_user_id,
    )


async def _own_zone(work: OrganizationWork, time_zone: str | None) -> dict[str, str]:
    """As a preference, where it is another than that of the organization."""
    organization = await work.session.get_one(Organization, work.organization_id)
    return {"time_zone": time_zone} if time_zone and time_zone != organization.time_zone else {}


async def _found_organization(
    work: OrganizationWork, settings: Settings, owner: User, time_zone: str | None
) -> None:
    work.add(
        Organization(
            id=work.organization_id,
            name=f"{owner.name}’s organization" if owner.name else "My organization",
            device_limit=settings.default_device_limit,
            trial_ends_at=utc_now() + timedelta(days=settings.trial_days),
            time_zone=time_zone or "UTC",
        )
    )
    await work.flush()


async def _add(work: OrganizationWork, user: User) -> None:
    work.add(user)
    try:
        await work.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_users_email":
            raise
        raise _email_taken() from None


def _name_in(email: str) -> str:
    """`Anna Smith` of `anna.smith+visant@example.com`; nothing where it holds no letter."""
    mailbox = email.partition("@")[0].partition("+")[0]
    words = re.sub(r"[._-]+", " ", mailbox).strip()
    return words.title()[:100] if re.search(r"[a-z]", words) else ""


def _email_taken() -> Conflict:
    sentence = "Somebody has signed up with this address already. Log in, or reset the password."
    return Conflict("email_taken", sentence, errors=(FieldError("email", sentence),))
