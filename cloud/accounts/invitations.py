"""Asking somebody into the organization: a mail with a link to sign up by, good once, for a week.

There is one invitation of an address at a time: asking again takes the earlier one back. The row
goes when it is used or taken back, and its links with it; the audit remembers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, tuple_

from cloud.accounts.audit import note
from cloud.accounts.mail_queue import QUEUE
from cloud.accounts.members import lock_organization, require_power_over
from cloud.accounts.models import Invitation, InvitationToken, Organization, Role, User
from cloud.accounts.one_time_tokens import TOKEN_PREFIX
from cloud.accounts.sessions import Person
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Conflict, FieldError, Forbidden, Gone, Malformed, NotFound
from cloud.kit.ids import hash_secret, new_id, new_secret
from cloud.kit.paging import Cursor, PageRequest

LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Invited:
    """What a mailed link asks somebody to."""

    invitation_id: UUID
    organization_id: UUID
    organization: str
    """Its name."""
    email: str
    role: Role
    invited_by: str


@dataclass(frozen=True)
class InvitationPage:
    invitations: Sequence[Invitation]
    next_cursor: str | None


async def invite(work: OrganizationWork, who: Person, email: str, role: Role) -> Invitation:
    """Ask somebody in and mail them a link. `email` is normalized (`cloud.accounts.emails`).

    Raises Forbidden `email_not_verified` or `owner_needed`, Conflict `already_member`, or
    `belongs_elsewhere` where somebody of another organization has the address.
    """
    if not who.email_verified:
        raise Forbidden(
            "email_not_verified",
            "Before you invite others, open the link that we mailed you: it shows who asks them.",
        )
    require_power_over(who, role)
    await lock_organization(work)
    await _refuse_known(work, email)
    await work.execute(delete(Invitation).where(*_of_address(work, email)))
    invitation = Invitation(
        id=new_id(),
        organization_id=work.organization_id,
        email=email,
        role=role,
        invited_by=who.email,
        expires_at=utc_now() + LIFE,
    )
    work.add(invitation)
    await work.flush()
    await QUEUE.put(work, invitation.id, work.organization_id)
    note(work, who, "invitation.sent", email, role=role)
    return invitation


async def list_invitations(work: OrganizationWork, page: PageRequest) -> InvitationPage:
    """Those that nobody has followed yet, newest first, run out or not."""
    statement = (
        select(Invitation)
        .where(Invitation.organization_id == work.organization_id)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(page.limit + 1)
    )
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(Invitation.created_at, Invitation.id) < behind)
    found: Sequence[Invitation] = (await work.execute(statement)).scalars().all()
    if len(found) <= page.limit:
        return InvitationPage(found, None)
    last = found[page.limit - 1]
    return InvitationPage(found[: page.limit], Cursor(last.created_at, str(last.id)).encode())


async def revoke_invitation(work: OrganizationWork, who: Person, invitation_id: str) -> None:
    """Take an invitation back: its link is dead. Raises NotFound."""
    email = await work.scalar(
        delete(Invitation)
        .where(
            Invitation.organization_id == work.organization_id,
            Invitation.id == _parse_invitation_id(invitation_id),
        )
        .returning(Invitation.email)
    )
    if email is None:
        raise _invitation_not_found()
    note(work, who, "invitation.revoked", email)


def make_invitation_token(work: OrganizationWork, invitation_id: UUID) -> str:
    """A token for a mailed link. Earlier ones stay good: their mail may still arrive."""
    token = new_secret(TOKEN_PREFIX)
    work.add(
        InvitationToken(
            token_hash=hash_secret(token),
            invitation_id=invitation_id,
            organization_id=work.organization_id,
        )
    )
    return token


async def find_invited(database: Database, token: str) -> Invited:
    """What a link's token asks somebody to; it stays good. Raises Gone `invitation_over`."""
    found = await database.ask(
        select(InvitationToken.invitation_id, InvitationToken.organization_id).where(
            InvitationToken.token_hash == hash_secret(token)
        )
    )
    if not found:
        raise invitation_over()
    async with database.work_for(found[0].organization_id) as work:
        invited = await read_invited(work, found[0].invitation_id)
    if invited is None:
        raise invitation_over()
    return invited


async def read_invited(
    work: OrganizationWork, invitation_id: UUID, *, keep: bool = False
) -> Invited | None:
    """A living invitation; None where it was used, taken back or has run out, or leads nowhere.

    With `keep` it is none of these until the commit.
    """
    living = (
        select(
            Invitation.id.label("invitation_id"),
            Invitation.organization_id,
            Organization.name.label("organization"),
            Invitation.email,
            Invitation.role,
            Invitation.invited_by,
        )
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(
            Invitation.organization_id == work.organization_id,
            Invitation.id == invitation_id,
            Invitation.expires_at > func.clock_timestamp(),
            Organization.deleted_at.is_(None),
        )
    )
    if keep:
        living = living.with_for_update(read=True, key_share=True, of=Invitation)
    row: Row[Any] | None = (await work.execute(living)).one_or_none()
    return Invited(**row._mapping) if row else None  # noqa: SLF001  # its public name


def require_invited_address(invited: Invited, email: str) -> None:
    """Raises Malformed: whoever has the link reads the mails of that address, and of no other."""
    if email != invited.email:
        sentence = f"The invitation is for {invited.email}. Sign up with that address."
        raise Malformed(
            "invitation_of_another_address", sentence, errors=(FieldError("email", sentence),)
        )


async def use_invitation(work: OrganizationWork, invited: Invited) -> None:
    """Use it up in the transaction that lets them in. Raises Gone `invitation_over`."""
    used = await work.run(
        delete(Invitation).where(
            Invitation.organization_id == work.organization_id,
            Invitation.id == invited.invitation_id,
        )
    )
    if not used:
        raise invitation_over()


def invitation_over() -> Gone:
    return Gone(
        "invitation_over",
        "This invitation has been used, was taken back, or is too old. Ask for a new one.",
    )


async def _refuse_known(work: OrganizationWork, email: str) -> None:
    theirs = await work.scalar(select(User.organization_id).where(User.email == email))
    if theirs is None:
        return
    if theirs == work.organization_id:
        raise _conflict("already_member", "Whoever has this address is in your organization.")
    raise _conflict(
        "belongs_elsewhere",
        "Whoever has this address belongs to another organization, and nobody can belong to two."
        " Invite another address of theirs.",
    )


def _of_address(work: OrganizationWork, email: str) -> tuple[Any, ...]:
    return Invitation.organization_id == work.organization_id, Invitation.email == email


def _conflict(code: str, sentence: str) -> Conflict:
    return Conflict(code, sentence, errors=(FieldError("email", sentence),))


def _parse_invitation_id(invitation_id: str) -> UUID:
    try:
        return UUID(invitation_id)
    except ValueError:
        raise _invitation_not_found() from None


def _invitation_not_found() -> NotFound:
    return NotFound("invitation_not_found", "There is no such invitation. It may have been used.")
