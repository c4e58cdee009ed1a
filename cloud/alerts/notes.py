"""Messages that are about no incident: a test, and the question whether somebody wants any."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.models import Organization
from cloud.alerts.mailed_links import Links
from cloud.alerts.models import Delivery, DeliveryKind
from cloud.captures.models import Capture
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Note:
    """`device_name` and its newest `capture` are there where it is about one camera."""

    delivery_id: UUID
    kind: DeliveryKind
    recipient: str
    organization_name: str
    device_name: str | None = None
    capture: Capture | None = None
    links: Links = field(default_factory=dict)


async def read_note(work: OrganizationWork, delivery: Delivery, links: Links) -> Note:
    """The note of a delivery without an incident."""
    name, capture = None, None
    if delivery.device_id is not None:
        name = await work.scalar(
            select(Device.friendly_name).where(
                Device.organization_id == work.organization_id, Device.id == delivery.device_id
            )
        )
        capture = await latest_capture(work, delivery.device_id)
    return Note(
        delivery_id=delivery.id,
        kind=DeliveryKind(delivery.kind),
        recipient=delivery.recipient,
        organization_name=await _organization_name(work),
        device_name=name,
        capture=capture,
        links=links,
    )


async def latest_capture(work: OrganizationWork, device_id: UUID) -> Capture | None:
    """A camera's newest picture."""
    capture: Capture | None = await work.scalar(
        select(Capture)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(1)
    )
    return capture


async def _organization_name(work: OrganizationWork) -> str:
    name: str = await work.scalar(
        select(Organization.name).where(Organization.id == work.organization_id)
    )
    return name
