"""What a person does with an incident: see it (acknowledge), end it (resolve), take either back.

All lock the camera's row first, as a verdict does, so that none crosses another.
"""

from uuid import UUID

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Actor
from cloud.alerts.history import is_by_hand, lock_camera
from cloud.alerts.models import Incident, IncidentState, ResolvedAs
from cloud.alerts.news import append_incident
from cloud.alerts.queries import ShownIncident, get_incident
from cloud.alerts.queueing import ESCALATIONS
from cloud.alerts.settling import open_again
from cloud.devices.looking import ask_for_look
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


async def take_back_acknowledgement(
    work: OrganizationWork, who: Actor, incident_id: UUID
) -> ShownIncident:
    """Have nobody look after it any more; who is to be told then still is. Repeating it is no harm.

    Raises NotFound, and Conflict for one that is resolved.
    """
    incident = await _lock(work, incident_id)
    if incident.state == IncidentState.RESOLVED:
        raise Conflict("incident_resolved", "This incident is resolved already.")
    if incident.state == IncidentState.ACKNOWLEDGED:
        incident.state = IncidentState.OPEN
        incident.acknowledged_at = incident.acknowledged_by = None
        note(work, who, "incident.acknowledgement_taken_back", str(incident_id))
        await _go_on(work, incident)
    return await get_incident(work, incident_id)


async def take_back_resolution(
    work: OrganizationWork, who: Actor, incident_id: UUID
) -> ShownIncident:
    """Open it again, as it stood; if it is over by itself, the next look finds so.

    Raises NotFound, and Conflict for one that nobody resolved by hand, whose camera is gone, or
    that was followed by another of its kind. Repeating it changes nothing.
    """
    incident = await _lock(work, incident_id)
    if incident.state == IncidentState.RESOLVED:
        await _require_free(work, incident)
        open_again(incident)
        note(work, who, "incident.resolution_taken_back", str(incident_id))
        await ask_for_look(work, incident.device_id)
        await _go_on(work, incident)
    return await get_incident(work, incident_id)


async def _require_free(work: OrganizationWork, incident: Incident) -> None:
    device = await lock_camera(work, incident.device_id)
    if not is_by_hand(incident) or device.released_at is not None:
        raise Conflict("incident_over", "This incident is over, and nobody ended it by hand.")
    following = select(Incident.id).where(
        Incident.organization_id == work.organization_id,
        Incident.device_id == incident.device_id,
        Incident.kind == incident.kind,
        Incident.state != IncidentState.RESOLVED,
    )
    if await work.scalar(following) is not None:
        raise Conflict("incident_followed", "Another incident of this camera is open by now.")


async def _go_on(work: OrganizationWork, incident: Incident) -> None:
    """Tell of it, and whom to tell when nobody looks after it, now or when that time comes."""
    await work.flush()
    if incident.state == IncidentState.OPEN:
        await ESCALATIONS.put(work, incident.id, work.organization_id)
    await append_incident(work, EventKind.INCIDENT_UPDATED, incident.id)


async def _lock(work: OrganizationWork, incident_id: UUID) -> Incident:
    shown = await get_incident(work, incident_id)
    await lock_camera(work, shown.incident.device_id)
    return (await get_incident(work, incident_id)).incident
