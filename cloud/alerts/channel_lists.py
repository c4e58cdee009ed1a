"""Who is told, changed one channel at a time: one more, one less, one that was just removed again.

A camera that tells the organization's channels gets a list of its own by this, which begins as
theirs. So does the organization itself, whose owners are told until somebody chooses.
"""

from uuid import UUID

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.alerts.models import Recipient
from cloud.alerts.notification_schemas import MOST_CHANNELS
from cloud.alerts.notifications import (
    Notifications,
    change_notifications,
    hold_notifications,
    read_notifications,
)
from cloud.alerts.recipients import (
    UNREADABLE,
    Destination,
    Enlisted,
    enlist,
    keep,
    why_unheard,
)
from cloud.channels.channel import ChannelKind
from cloud.channels.webhook import new_webhook_secret
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, NotFound
from cloud.kit.sealing import Seal


async def add_channel(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    destination: Destination,
    *,
    device_id: UUID | None = None,
) -> Enlisted:
    """Tell one more; one that is told already is asked again, or gets its new secret.

    Raises Conflict where the list is full.
    """
    told = (await hold_notifications(work, device_id)).recipients
    enlisted = await enlist(work, seal, destination)
    await _add(work, seal, who, told, enlisted.recipient, device_id)
    return enlisted


async def restore_channel(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    fingerprint: str,
    *,
    device_id: UUID | None = None,
) -> None:
    """Tell somebody again who was removed from the list. Raises NotFound, Conflict."""
    told = (await hold_notifications(work, device_id)).recipients
    await _add(work, seal, who, told, await find_known(work, fingerprint), device_id)


async def remove_channel(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    fingerprint: str,
    *,
    device_id: UUID | None = None,
) -> Recipient:
    """Tell one less; who that was. Raises NotFound."""
    notifications = await hold_notifications(work, device_id)
    removed = find_channel(notifications, fingerprint)
    left = [each for each in notifications.recipients if each is not removed]
    kept = await keep(work, removed)
    await change_notifications(work, seal, who, {"channels": left}, device_id=device_id)
    return kept


async def renew_secret(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    fingerprint: str,
    *,
    device_id: UUID | None = None,
) -> str:
    """A webhook's new secret; the one before signs as well for a day. Raises NotFound, Conflict."""
    recipient = find_channel(await read_notifications(work, device_id), fingerprint)
    if recipient.channel != ChannelKind.WEBHOOK:
        raise Conflict("channel_unsigned", "Only what goes to a webhook is signed.")
    if why_unheard(recipient, seal) == UNREADABLE:
        raise Conflict("recipient_silent", UNREADABLE)
    secret = new_webhook_secret()
    await enlist(work, seal, Destination(ChannelKind.WEBHOOK, recipient.shown, secret))
    note(work, who, "webhook.secret_renewed", recipient.shown)
    return secret


async def find_known(work: OrganizationWork, fingerprint: str) -> Recipient:
    """Somebody who is told, or once was. Raises NotFound."""
    known: Recipient | None = await work.scalar(
        select(Recipient).where(
            Recipient.organization_id == work.organization_id,
            Recipient.fingerprint == fingerprint,
        )
    )
    if known is None:
        raise channel_not_found()
    return known


def find_channel(notifications: Notifications, fingerprint: str) -> Recipient:
    """The one of those told, at once or later, by the address's fingerprint. Raises NotFound."""
    escalation = notifications.escalation
    for recipient in (*notifications.recipients, *(escalation.recipients if escalation else ())):
        if recipient.fingerprint == fingerprint:
            return recipient
    raise channel_not_found()


def channel_not_found() -> NotFound:
    return NotFound("channel_not_found", "There is no such channel here.")


async def _add(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    told: tuple[Recipient, ...],
    recipient: Recipient,
    device_id: UUID | None,
) -> None:
    fingerprints = {each.fingerprint for each in told} | {recipient.fingerprint}
    if len(fingerprints) > MOST_CHANNELS:
        raise Conflict("channels_full", f"There are {MOST_CHANNELS} channels here; remove one.")
    changes = {"channels": [*told, recipient]}
    await change_notifications(work, seal, who, changes, device_id=device_id)
