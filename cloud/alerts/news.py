"""News of incidents: in the organization's log, and at the camera itself."""

from uuid import UUID

from cloud.alerts.documents import incident_document
from cloud.alerts.queries import get_incident
from cloud.alerts.signalling import signal_at_camera
from cloud.events.append import EventKind, append
from cloud.kit.database import OrganizationWork


async def append_incident(work: OrganizationWork, kind: EventKind, incident_id: UUID) -> None:
    """Append the Incident as it now stands, and have its camera show it."""
    shown = await get_incident(work, incident_id)
    await signal_at_camera(work, shown.incident.device_id)
    await append(work, kind, incident_document(shown), device_id=shown.incident.unit_id)
