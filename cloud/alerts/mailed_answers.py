"""What a link in a mail does when its reader presses the button: once, in one transaction, audited.

Its reader has no session: the link is the leave, and the audit names the address that it was
mailed to.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.models import Organization, User
from cloud.accounts.sessions import Actor
from cloud.alerts.mailed_links import Leave, find_leave, use_up
from cloud.alerts.models import MailedAction, Recipient, ResolvedAs
from cloud.alerts.queries import get_incident
from cloud.alerts.resolution import acknowledge, resolve
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Gone


@dataclass(frozen=True)
class Offer:
    """What a link would do, in the words of its page."""

    organization_name: str
    address: str
    device_name: str | None


async def read_offer(database: Database, token: str, action: MailedAction) -> Offer:
    """What the link is about; it stays good. Raises Gone, and NotFound for a deleted incident."""
    async with database.work() as work:
        leave = await find_leave(work, token, action)
    async with database.work_for(leave.organization_id) as work:
        recipient = await _recipient_of(work, leave)
        name = await work.scalar(
            select(Organization.name).where(Organization.id == work.organization_id)
        )
        device_name = None
        if leave.incident_id is not None:
            device_name = (await get_incident(work, leave.incident_id)).device_name
        return Offer(name, recipient.shown, device_name)


async def take_leave(database: Database, token: str, action: MailedAction, *, address: str) -> None:
    """Do what the link is for, and spend it. Raises Gone, NotFound, and Conflict where it is over.

    `address` is the network address of whoever asks, for the audit.
    """
    async with database.work() as work:
        leave = await find_leave(work, token, action)
    async with database.work_for(leave.organization_id) as work:
        await use_up(work, token)
        recipient = await _recipient_of(work, leave)
        who = Actor(await _user_id(work, recipient.shown), recipient.shown, address)
        await DOERS[action](work, who, leave, recipient)


async def _acknowledge(
    work: OrganizationWork, who: Actor, leave: Leave, _recipient: Recipient
) -> None:
    if leave.incident_id is not None:
        await acknowledge(work, who, leave.incident_id)


async def _call_false_alarm(
    work: OrganizationWork, who: Actor, leave: Leave, _recipient: Recipient
) -> None:
    if leave.incident_id is not None:
        await resolve(work, who, leave.incident_id, ResolvedAs.FALSE_ALARM, None)


async def _confirm(work: OrganizationWork, who: Actor, _leave: Leave, recipient: Recipient) -> None:
    recipient.confirmed_at = recipient.confirmed_at or utc_now()
    recipient.unsubscribed_at = None
    note(work, who, "recipient.confirmed", recipient.shown)


async def _unsubscribe(
    work: OrganizationWork, who: Actor, _leave: Leave, recipient: Recipient
) -> None:
    recipient.unsubscribed_at = recipient.unsubscribed_at or utc_now()
    note(work, who, "recipient.unsubscribed", recipient.shown)


Doer = Callable[[OrganizationWork, Actor, Leave, Recipient], Awaitable[None]]

DOERS: dict[MailedAction, Doer] = {
    MailedAction.ACKNOWLEDGE: _acknowledge,
    MailedAction.FALSE_ALARM: _call_false_alarm,
    MailedAction.CONFIRM: _confirm,
    MailedAction.UNSUBSCRIBE: _unsubscribe,
}


async def _recipient_of(work: OrganizationWork, leave: Leave) -> Recipient:
    recipient: Recipient | None = await work.scalar(
        select(Recipient).where(
            Recipient.organization_id == work.organization_id, Recipient.id == leave.recipient_id
        )
    )
    if recipient is None:
        raise Gone("link_expired", "This link is no longer good.")
    return recipient


async def _user_id(work: OrganizationWork, email: str) -> UUID | None:
    found: UUID | None = await work.scalar(
        select(User.id).where(User.organization_id == work.organization_id, User.email == email)
    )
    return found
