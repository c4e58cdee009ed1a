"""When somebody was first told: the last of the times of the capture that opened an incident."""

from uuid import UUID

from sqlalchemy import cast, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from cloud.alerts.history import picture_taken_at
from cloud.alerts.models import Delivery, DeliveryKind, Incident, IncidentCapture
from cloud.captures.models import Capture
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import OrganizationWork

MARK = "notified"


async def mark_notified(work: OrganizationWork, delivery_id: UUID) -> None:
    """Mark what this message, which was just taken, told first; a digest tells of all it took."""
    opening = (
        select(Capture.id)
        .join(IncidentCapture, IncidentCapture.capture_id == Capture.id)
        .join(Incident, Incident.id == IncidentCapture.incident_id)
        .join(Delivery, Delivery.incident_id == Incident.id)
        .where(
            Delivery.organization_id == work.organization_id,
            or_(Delivery.id == delivery_id, Delivery.gathered_into == delivery_id),
            Delivery.kind == DeliveryKind.OPENED,
            picture_taken_at == Incident.opened_at,
        )
        .correlate(None)
    )
    await work.execute(
        update(Capture)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.id.in_(opening),
            ~Capture.timing.has_key(MARK),
        )
        .values(timing=Capture.timing.op("||")(cast({MARK: rfc3339(utc_now())}, JSONB)))
        .execution_options(synchronize_session=False)
    )
