"""Which messages an incident causes: rows in the incident's own transaction, to be sent after it.

Nobody is told of one thing twice: a camera's messages keep the cooldown apart, and who was told is
told again only after hearing that it was over. What still lasts at the end of the cooldown is told
then. What is held back counts as told, as long as its incident lasts; what was withdrawn does not.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, or_, select

from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentState,
    Recipient,
)
from cloud.alerts.notifications import Notifications
from cloud.alerts.queueing import ESCALATIONS, OPENING, queue_messages
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Told:
    """The last thing that people were told of an incident; None where it was nothing so far.

    `ordinal` is its number. `next_ordinal` is that of the next message that it is not over.
    """

    kind: DeliveryKind | None
    ordinal: int
    next_ordinal: int

    @property
    def is_open(self) -> bool:
        """Whether people believe that it lasts."""
        return self.kind in OPENING


async def tell_of_open(
    work: OrganizationWork, incident: Incident, notifications: Notifications
) -> bool:
    """Queue the message that something is not as it should be, unless people know; whether it was.

    The incident is looked at again when somebody else is to be told of it. Within the cooldown
    nothing is queued, and it is looked at again at the end of that.
    """
    told = await last_told(work, incident)
    seen = incident.state == IncidentState.ACKNOWLEDGED
    if told.is_open or seen or not notifications.enabled or not notifications.recipients:
        return False
    rest = await _rest_of_cooldown(work, incident, notifications.cooldown_minutes)
    if rest is not None:
        await _look_again_in(work, incident, rest)
        return False
    kind = DeliveryKind.OPENED if told.kind is None else DeliveryKind.REMINDER
    await queue_messages(work, incident.id, kind, told.next_ordinal, notifications.recipients)
    if notifications.escalation is not None:
        await _look_again_in(work, incident, notifications.escalation.after)
    return True


async def tell_of_recovered(
    work: OrganizationWork, incident: Incident, notifications: Notifications
) -> None:
    """Queue the message that it is over, to those who were told that it was not."""
    told = await last_told(work, incident)
    if not told.is_open or not notifications.enabled:
        return
    recipients = await _recipients_of(work, incident, told)
    await queue_messages(work, incident.id, DeliveryKind.RECOVERED, told.ordinal, recipients)


async def last_told(work: OrganizationWork, incident: Incident) -> Told:
    """What people believe of an incident."""
    rows = (
        await work.execute(
            select(Delivery.kind, Delivery.ordinal, Delivery.status)
            .where(
                Delivery.organization_id == work.organization_id,
                Delivery.incident_id == incident.id,
                Delivery.kind.in_((*OPENING, DeliveryKind.RECOVERED)),
            )
            .order_by(Delivery.created_at.desc(), Delivery.id.desc())
        )
    ).all()
    taken = [row.ordinal for row in rows if row.kind in OPENING]
    following = max(taken, default=-1) + 1
    for row in rows:
        if row.status != DeliveryStatus.WITHDRAWN:
            return Told(DeliveryKind(row.kind), row.ordinal, following)
    return Told(None, 0, following)


async def _look_again_in(work: OrganizationWork, incident: Incident, wait: timedelta) -> None:
    seconds = wait.total_seconds()
    await ESCALATIONS.put(work, incident.id, work.organization_id, delay_seconds=seconds)


async def _rest_of_cooldown(
    work: OrganizationWork, incident: Incident, minutes: int
) -> timedelta | None:
    """How long this camera's last such message is too recent; None where it is not.

    It counts from when it went out, if it was held back. One that is still held back and already
    over will go to nobody.
    """
    now = func.clock_timestamp()
    went_at = func.greatest(
        Delivery.created_at, case((Delivery.held_until <= now, Delivery.held_until))
    )
    will_go = or_(
        Delivery.held_until.is_(None),
        Delivery.admitted_at.is_not(None),
        Incident.state != IncidentState.RESOLVED,
    )
    earliest = now - timedelta(minutes=minutes)
    rest: timedelta | None = await work.scalar(
        select(func.max(went_at) - earliest)
        .join(Incident, Incident.id == Delivery.incident_id)
        .where(
            Delivery.organization_id == work.organization_id,
            Incident.device_id == incident.device_id,
            Delivery.kind.in_(OPENING),
            Delivery.status != DeliveryStatus.WITHDRAWN,
            went_at > earliest,
            will_go,
        )
    )
    return rest


async def _recipients_of(work: OrganizationWork, incident: Incident, told: Told) -> list[Recipient]:
    last = (Delivery.kind == told.kind) & (Delivery.ordinal == told.ordinal)
    rows = await work.session.scalars(
        select(Recipient)
        .join(Delivery, Delivery.recipient_id == Recipient.id)
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.incident_id == incident.id,
            last | (Delivery.kind == DeliveryKind.ESCALATED),
        )
        .order_by(Delivery.id)
    )
    return list(dict.fromkeys(rows.all()))
