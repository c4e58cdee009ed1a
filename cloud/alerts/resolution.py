"""What a person does with an incident: see it (acknowledge), and end it (resolve).

Both lock the camera's row first, as a verdict does, so that neither crosses the other.
"""

from uuid import UUID

from cloud.accounts.audit import note
from cloud.accounts.sessions import Actor
from cloud.alerts.history import lock_camera
from cloud.alerts.models import Incident, IncidentState, ResolvedAs
from cloud.alerts.news import append_incident
from cloud.alerts.queries import ShownIncident, get_incident
from cloud.events.append import EventKind
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict


async def acknowledge(work: OrganizationWork, who: Actor, incident_id: UUID) -> ShownIncident:
    """Note that somebody has seen it; who was first stays written.

    Raises NotFound, and Conflict for one that is resolved.
    """
    incident = await _lock(work, incident_id)
    if incident.state == IncidentState.RESOLVED:
        raise Conflict("incident_resolved", "This incident is resolved already.")
    if incident.state == IncidentState.OPEN:
        incident.state = IncidentState.ACKNOWLEDGED
        incident.acknowledged_at = utc_now()
        incident.acknowledged_by = who.email
        note(work, who, "incident.acknowledged", str(incident_id))
        await work.flush()
        await append_incident(work, EventKind.INCIDENT_UPDATED, incident_id)
    return await get_incident(work, incident_id)


async def resolve(
    work: OrganizationWork, who: Actor, incident_id: UUID, outcome: ResolvedAs, remark: str | None
) -> ShownIncident:
    """End it by hand; nobody is told. The same word again changes nothing.

    Raises NotFound, and Conflict for one that ended otherwise.
    """
    incident = await _lock(work, incident_id)
    if incident.state != IncidentState.RESOLVED:
        incident.state = IncidentState.RESOLVED
        incident.resolved_at = utc_now()
        incident.resolved_by = who.email
        incident.resolved_as = outcome
        incident.note = remark or None
        note(work, who, "incident.resolved", str(incident_id), resolved_as=outcome)
        await work.flush()
        await append_incident(work, EventKind.INCIDENT_CLOSED, incident_id)
    elif incident.resolved_as != outcome:
        raise Conflict("incident_resolved", "This incident was resolved in another way already.")
    return await get_incident(work, incident_id)


async def _lock(work: OrganizationWork, incident_id: UUID) -> Incident:
    shown = await get_incident(work, incident_id)
    await lock_camera(work, shown.incident.device_id)
    return (await get_incident(work, incident_id)).incident
