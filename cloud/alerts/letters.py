"""What one message tells whom: read when it is about to be sent, so that it says what is true."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.models import Organization
from cloud.alerts.documents import incident_document
from cloud.alerts.history import picture_taken_at
from cloud.alerts.mailed_links import Links
from cloud.alerts.models import Delivery, DeliveryKind, HeldBy, Incident
from cloud.alerts.queries import ShownIncident, get_incident
from cloud.alerts.queueing import TELLING
from cloud.captures.models import Capture, State
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Letter:
    """A message about an incident.

    `capture` is the one that it is about, `zone` the IANA name of its times' zone. `answers` is
    the earlier delivery whose conversation it continues. `document` is the incident's, for
    programs; `links` are what its reader may do without signing in. `held_by` is what kept it back
    for a while, if anything did.
    """

    delivery_id: UUID
    kind: DeliveryKind
    recipient: str
    incident: Incident
    device_name: str
    capture: Capture | None
    zone: str
    answers: UUID | None
    document: dict[str, Any] = field(default_factory=dict)
    links: Links = field(default_factory=dict)
    held_by: HeldBy | None = None


async def read_letter(
    work: OrganizationWork, delivery: Delivery, incident_id: UUID, links: Links
) -> Letter:
    """The letter of a delivery about an incident."""
    shown = await get_incident(work, incident_id)
    kind = DeliveryKind(delivery.kind)
    return Letter(
        delivery_id=delivery.id,
        kind=kind,
        recipient=delivery.recipient,
        incident=shown.incident,
        device_name=shown.device_name,
        capture=await _capture_of(work, kind, shown),
        zone=await read_zone(work),
        answers=await _first_message(work, delivery),
        document=incident_document(shown),
        links=links,
        held_by=HeldBy(delivery.held_by) if delivery.held_by else None,
    )


async def read_zone(work: OrganizationWork) -> str:
    """The IANA name of the zone that the organization lives in."""
    zone: str = await work.scalar(
        select(Organization.time_zone).where(Organization.id == work.organization_id)
    )
    return zone


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
            Delivery.recipient_id == delivery.recipient_id,
            Delivery.kind.in_(TELLING),
            Delivery.id != delivery.id,
            Delivery.created_at < delivery.created_at,
        )
        .order_by(Delivery.created_at, Delivery.id)
        .limit(1)
    )
    return first
