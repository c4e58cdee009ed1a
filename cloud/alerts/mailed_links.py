"""Links in mails by which their reader may do one thing without signing in: once, and not for ever.

They see an incident (acknowledge), call it a false alarm, say that they want these messages
(confirm), or that they want no more (unsubscribe). Only hashes are kept. A message that is sent
again carries new links; those of the first stay good.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update

from cloud.alerts.models import Delivery, DeliveryKind, MailedAction, MailedLink
from cloud.alerts.queueing import TELLING
from cloud.channels.channel import ChannelKind
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork, Work
from cloud.kit.errors import Gone
from cloud.kit.ids import hash_secret, new_secret

TOKEN_PREFIX = "vml_"  # noqa: S105  # a prefix that scanners can find, no secret

LIFE = {
    MailedAction.ACKNOWLEDGE: timedelta(days=7),
    MailedAction.FALSE_ALARM: timedelta(days=7),
    MailedAction.CONFIRM: timedelta(days=7),
    MailedAction.UNSUBSCRIBE: timedelta(days=60),
}

Links = Mapping[MailedAction, str]
"""What may be done, and the URL of the page that does it."""


@dataclass(frozen=True)
class Leave:
    """What a link allows, and whom."""

    organization_id: UUID
    action: MailedAction
    recipient_id: UUID
    incident_id: UUID | None


def make_links(work: OrganizationWork, delivery: Delivery, base_url: str) -> Links:
    """The links of a message; only mails have some, as others are read by many."""
    if delivery.channel != ChannelKind.EMAIL or delivery.recipient_id is None:
        return {}
    return {action: _make(work, delivery, action, base_url) for action in _actions(delivery)}


async def find_leave(work: Work, token: str, action: MailedAction) -> Leave:
    """What a living link allows; it stays good. Raises Gone."""
    row = (
        await work.execute(
            select(
                MailedLink.organization_id,
                MailedLink.action,
                MailedLink.recipient_id,
                MailedLink.incident_id,
            ).where(
                MailedLink.token_hash == hash_secret(token),
                MailedLink.action == action,
                MailedLink.used_at.is_(None),
                MailedLink.expires_at > func.clock_timestamp(),
            )
        )
    ).one_or_none()
    if row is None:
        raise _spent()
    return Leave(row.organization_id, MailedAction(row.action), row.recipient_id, row.incident_id)


async def use_up(work: Work, token: str) -> None:
    """Spend a link in the transaction of what it does. Raises Gone for all but the first."""
    used = await work.run(
        update(MailedLink)
        .where(MailedLink.token_hash == hash_secret(token), MailedLink.used_at.is_(None))
        .values(used_at=func.clock_timestamp())
    )
    if not used:
        raise _spent()


async def sweep_links(database: Database) -> bool:
    """Remove what is too old to be good for anything."""
    async with database.work() as work:
        await work.execute(delete(MailedLink).where(MailedLink.expires_at < func.clock_timestamp()))
    return False


def _actions(delivery: Delivery) -> tuple[MailedAction, ...]:
    kind = DeliveryKind(delivery.kind)
    if kind is DeliveryKind.CONFIRMATION:
        return (MailedAction.CONFIRM,)
    if kind in TELLING:
        return (MailedAction.ACKNOWLEDGE, MailedAction.FALSE_ALARM, MailedAction.UNSUBSCRIBE)
    return (MailedAction.UNSUBSCRIBE,)


def _make(work: OrganizationWork, delivery: Delivery, action: MailedAction, base_url: str) -> str:
    token = new_secret(TOKEN_PREFIX)
    work.add(
        MailedLink(
            token_hash=hash_secret(token),
            organization_id=work.organization_id,
            action=action,
            recipient_id=delivery.recipient_id,
            incident_id=delivery.incident_id,
            expires_at=utc_now() + LIFE[action],
        )
    )
    return f"{base_url}/mailed?action={action}&token={token}"


def _spent() -> Gone:
    return Gone("link_expired", "This link has been used already or is too old.")
