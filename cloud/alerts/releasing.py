"""Ends the incidents of a released camera: nobody looks there any more, and nobody is mailed.

The release queues the camera in its own transaction. A verdict that is still to come opens nothing:
`cloud.alerts.raising` looks at the release behind the same lock.
"""

from sqlalchemy import select

from cloud.alerts.history import lock_camera
from cloud.alerts.models import Incident, IncidentState, ResolvedAs
from cloud.alerts.news import append_incident
from cloud.devices.release import RELEASES
from cloud.events.append import EventKind
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim
from cloud.kit.worker import handle_due

CAMERAS_AT_ONCE = 20
LEASE_SECONDS = 30


async def take_release_turn(database: Database) -> bool:
    """A worker's turn: end the incidents of released cameras; whether there may be more."""
    handled = await handle_due(
        RELEASES, _end_incidents, database, limit=CAMERAS_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled == CAMERAS_AT_ONCE


async def _end_incidents(work: OrganizationWork, claim: Claim) -> None:
    await RELEASES.finish(work, claim)
    await lock_camera(work, claim.id)
    unresolved = await work.session.scalars(
        select(Incident).where(
            Incident.organization_id == work.organization_id,
            Incident.device_id == claim.id,
            Incident.state != IncidentState.RESOLVED,
        )
    )
    ended = unresolved.all()
    for incident in ended:
        incident.state = IncidentState.RESOLVED
        incident.resolved_at = utc_now()
        incident.resolved_as = ResolvedAs.RELEASED
    await work.flush()
    for incident in ended:
        await append_incident(work, EventKind.INCIDENT_CLOSED, incident.id)
