"""Which messages an incident causes: rows in the incident's own transaction, to be sent after it.

Nobody is told of one thing twice: a camera's messages keep the cooldown apart, and who was told is
told again only after hearing that it was over. What is held back counts as told, as long as its
incident lasts; what was withdrawn does not.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, or_, select

from cloud.alerts.escalating import plan_escalation
from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentState,
    Recipient,
)
from cloud.alerts.notifications import Notifications
from cloud.alerts.queueing import OPENING, queue_messages
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
) -> None:
    """Queue the message that something is not as it should be, unless people know.

    Within the cooldown nothing is sent; a capture that joins the incident later, still unseen by
    anybody, tries again.
    """
    told = await _last_told(work, incident)
    seen = incident.state == IncidentState.ACKNOWLEDGED
    if told.is_open or seen or not notifications.enabled:
        return
    if await _is_cooling_down(work, incident, notifications.cooldown_minutes):
        return
    kind = DeliveryKind.OPENED if told.kind is None else DeliveryKind.REMINDER
    await queue_messages(work, incident.id, kind, told.next_ordinal, notifications.recipients)
    await plan_escalation(work, incident, notifications)


async def tell_of_recovered(
    work: OrganizationWork, incident: Incident, notifications: Notifications
) -> None:
    """Queue the message that it is over, to those who were told that it was not."""
    told = await _last_told(work, incident)
    if not told.is_open or not notifications.enabled:
        return
    recipients = await _recipients_of(work, incident, told)
    await queue_messages(work, incident.id, DeliveryKind.RECOVERED, told.ordinal, recipients)


async def _last_told(work: OrganizationWork, incident: Incident) -> Told:
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


async def _is_cooling_down(work: OrganizationWork, incident: Incident, minutes: int) -> bool:
    """Whether this camera's last such message is too recent: as it went out, if it was held back.

    One that is still held back and already over will go to nobody.
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
    return bool(
        await work.scalar(
            select(
                select(Delivery.id)
                .join(Incident, Incident.id == Delivery.incident_id)
                .where(
                    Delivery.organization_id == work.organization_id,
                    Incident.device_id == incident.device_id,
                    Delivery.kind.in_(OPENING),
                    Delivery.status != DeliveryStatus.WITHDRAWN,
                    went_at > now - timedelta(minutes=minutes),
                    will_go,
                )
                .exists()
            )
        )
    )


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
