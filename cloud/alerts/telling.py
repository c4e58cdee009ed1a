"""Which messages an incident causes: rows in the incident's own transaction, to be sent after it.

Nobody is told of one thing twice: a camera's messages keep the cooldown apart, and who was told is
told again only after hearing that it was over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    Incident,
    IncidentState,
    Recipient,
)
from cloud.alerts.notifications import Notifications
from cloud.alerts.queueing import queue_message
from cloud.alerts.recipients import keep
from cloud.kit.database import OrganizationWork

OPENING = (DeliveryKind.OPENED, DeliveryKind.REMINDER)


@dataclass(frozen=True)
class Told:
    """The last thing that people were told of an incident."""

    kind: DeliveryKind
    ordinal: int


async def tell_of_open(
    work: OrganizationWork, incident: Incident, notifications: Notifications
) -> None:
    """Queue the message that something is not as it should be, unless people know.

    Within the cooldown nothing is sent; a capture that joins the incident later, still unseen by
    anybody, tries again.
    """
    told = await _last_told(work, incident)
    knows = told is not None and told.kind in OPENING
    seen = incident.state == IncidentState.ACKNOWLEDGED
    if knows or seen or not notifications.enabled:
        return
    if await _is_cooling_down(work, incident, notifications.cooldown_minutes):
        return
    if told is None:
        await _queue(work, incident, DeliveryKind.OPENED, 0, notifications.recipients)
    else:
        ordinal = told.ordinal + 1
        await _queue(work, incident, DeliveryKind.REMINDER, ordinal, notifications.recipients)


async def tell_of_recovered(
    work: OrganizationWork, incident: Incident, notifications: Notifications
) -> None:
    """Queue the message that it is over, to those who were told that it began."""
    told = await _last_told(work, incident)
    if told is None or told.kind not in OPENING or not notifications.enabled:
        return
    recipients = await _recipients_of(work, incident, told)
    await _queue(work, incident, DeliveryKind.RECOVERED, told.ordinal, recipients)


async def _last_told(work: OrganizationWork, incident: Incident) -> Told | None:
    row = (
        await work.execute(
            select(Delivery.kind, Delivery.ordinal)
            .where(
                Delivery.organization_id == work.organization_id,
                Delivery.incident_id == incident.id,
                Delivery.kind.in_((*OPENING, DeliveryKind.RECOVERED)),
            )
            .order_by(Delivery.created_at.desc(), Delivery.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else Told(DeliveryKind(row.kind), row.ordinal)


async def _is_cooling_down(work: OrganizationWork, incident: Incident, minutes: int) -> bool:
    """Whether this camera's last such message is too recent."""
    since = func.clock_timestamp() - timedelta(minutes=minutes)
    return bool(
        await work.scalar(
            select(
                select(Delivery.id)
                .join(Incident, Incident.id == Delivery.incident_id)
                .where(
                    Delivery.organization_id == work.organization_id,
                    Incident.device_id == incident.device_id,
                    Delivery.kind.in_(OPENING),
                    Delivery.created_at > since,
                )
                .exists()
            )
        )
    )


async def _recipients_of(work: OrganizationWork, incident: Incident, told: Told) -> list[Recipient]:
    rows = await work.session.scalars(
        select(Recipient)
        .join(Delivery, Delivery.recipient_id == Recipient.id)
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.incident_id == incident.id,
            Delivery.kind == told.kind,
            Delivery.ordinal == told.ordinal,
        )
        .order_by(Delivery.id)
    )
    return list(rows.all())


async def _queue(
    work: OrganizationWork,
    incident: Incident,
    kind: DeliveryKind,
    ordinal: int,
    recipients: Iterable[Recipient],
) -> None:
    for recipient in recipients:
        await queue_message(
            work, await keep(work, recipient), kind, incident_id=incident.id, ordinal=ordinal
        )
