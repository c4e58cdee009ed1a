"""Messages that are about no incident: a test, the day's digest, the question who wants any."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.models import Organization
from cloud.alerts.digests import read_digest
from cloud.alerts.mailed_links import Links
from cloud.alerts.models import Delivery, DeliveryKind
from cloud.captures.models import Capture
from cloud.channels.channel import ChannelKind
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Note:
    """`device_name` and its newest `capture` are there where it is about one camera.

    `digest` is the document of a day's digest.
    """

    delivery_id: UUID
    kind: DeliveryKind
    recipient: str
    organization_name: str
    channel: ChannelKind = ChannelKind.EMAIL
    device_name: str | None = None
    capture: Capture | None = None
    digest: Mapping[str, Any] | None = None
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
        organization_name=await organization_name(work),
        channel=ChannelKind(delivery.channel),
        device_name=name,
        capture=capture,
        digest=await read_digest(work, delivery.digest_id) if delivery.digest_id else None,
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


async def organization_name(work: OrganizationWork) -> str:
    """What the organization is called."""
    name: str = await work.scalar(
        select(Organization.name).where(Organization.id == work.organization_id)
    )
    return name
