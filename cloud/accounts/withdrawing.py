"""Invitations do not outlive the power of who sent them: those that they could not send go."""

from sqlalchemy import delete

from cloud.accounts.audit import note
from cloud.accounts.models import Invitation, Role
from cloud.accounts.sessions import Person
from cloud.kit.database import OrganizationWork

SENDABLE = {
    Role.ADMIN: frozenset(Role) - {Role.OWNER},
    Role.OWNER: frozenset(Role),
}
"""To which roles each role may ask others."""


async def withdraw_beyond(
    work: OrganizationWork, who: Person, sender: str, role: Role | None
) -> None:
    """Take back what a member could not send in the role that they have now; None is no member."""
    sendable = SENDABLE.get(role, frozenset()) if role else frozenset()
    taken_back = await work.execute(
        delete(Invitation)
        .where(
            Invitation.organization_id == work.organization_id,
            Invitation.invited_by == sender,
            Invitation.role.not_in(sendable),
        )
        .returning(Invitation.email)
    )
    for email in taken_back.scalars().all():
        note(work, who, "invitation.revoked", email, invited_by=sender)


async def withdraw_all(work: OrganizationWork) -> None:
    """Take back every invitation: the organization ends."""
    await work.execute(delete(Invitation).where(Invitation.organization_id == work.organization_id))
