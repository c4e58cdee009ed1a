"""What one message tells whom: read when it is about to be sent, so that it says what is true."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.models import Organization
from cloud.alerts.history import picture_taken_at
from cloud.alerts.models import Delivery, DeliveryKind, Incident
from cloud.alerts.queries import ShownIncident, get_incident
from cloud.alerts.telling import OPENING
from cloud.captures.models import Capture, State
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Letter:
    """`capture` is the one that the message is about, `zone` the IANA name of its times' zone.

    `answers` is the earlier delivery whose conversation it continues.
    """

    delivery_id: UUID
    kind: DeliveryKind
    recipient: str
    incident: Incident
    device_name: str
    capture: Capture | None
    zone: str
    answers: UUID | None


async def read_letter(work: OrganizationWork, delivery: Delivery, incident_id: UUID) -> Letter:
    """The letter of a delivery about an incident."""
    shown = await get_incident(work, incident_id)
    kind = DeliveryKind(delivery.kind)
    zone = await work.scalar(
        select(Organization.time_zone).where(Organization.id == work.organization_id)
    )
    return Letter(
        delivery_id=delivery.id,
        kind=kind,
        recipient=delivery.recipient,
        incident=shown.incident,
        device_name=shown.device_name,
        capture=await _capture_of(work, kind, shown),
        zone=zone,
        answers=await _first_message(work, delivery),
    )


async def _capture_of(
    work: OrganizationWork, kind: DeliveryKind, shown: ShownIncident
) -> Capture | None:
    """The first that was abnormal; told again, the latest; of a recovery, the one that ended it."""
    if kind == DeliveryKind.OPENED:
        return shown.first_capture
    if kind != DeliveryKind.RECOVERED:
        return shown.latest_capture
    ending: Capture | None = await work.scalar(
        select(Capture)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == shown.incident.device_id,
            Capture.state == State.NORMAL,
            Capture.deleted_at.is_(None),
            picture_taken_at == shown.incident.resolved_at,
        )
        .limit(1)
    )
    return ending


async def _first_message(work: OrganizationWork, delivery: Delivery) -> UUID | None:
    """The earliest message of the incident to the same recipient, if that is not this one."""
    first: UUID | None = await work.scalar(
        select(Delivery.id)
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.incident_id == delivery.incident_id,
            Delivery.channel == delivery.channel,
            Delivery.recipient == delivery.recipient,
            Delivery.kind.in_(OPENING),
            Delivery.id != delivery.id,
            Delivery.created_at < delivery.created_at,
        )
        .order_by(Delivery.created_at, Delivery.id)
        .limit(1)
    )
    return first
