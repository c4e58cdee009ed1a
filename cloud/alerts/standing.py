"""Incidents that no picture opens: a camera that is away, models that fail.

The room of watch finds that it is so and says it here. As with abnormal ones, a camera has one
unresolved incident of a kind, its messages keep the cooldown apart, and who was told hears once
that it is over. What a person resolved stays so while the same trouble lasts.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cloud.alerts.history import is_by_hand
from cloud.alerts.models import Incident, IncidentKind, IncidentState, ResolvedAs
from cloud.alerts.news import append_incident
from cloud.alerts.notifications import Notifications
from cloud.alerts.telling import tell_of_open, tell_of_recovered
from cloud.devices.models import Device
from cloud.events.append import EventKind
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id

StandingKey = tuple[UUID, IncidentKind]
"""A device's row id, and what ails it."""


async def find_unresolved(
    work: OrganizationWork, device_ids: Collection[UUID], kinds: Sequence[IncidentKind]
) -> set[StandingKey]:
    """Which of these cameras have which incidents that are not resolved."""
    rows = await work.execute(
        select(Incident.device_id, Incident.kind).where(
            Incident.organization_id == work.organization_id,
            Incident.device_id.in_(device_ids),
            Incident.kind.in_(kinds),
            Incident.state != IncidentState.RESOLVED,
        )
    )
    return {(row.device_id, IncidentKind(row.kind)) for row in rows}


async def open_standing(
    work: OrganizationWork,
    device: Device,
    kind: IncidentKind,
    since: datetime,
    notifications: Notifications,
) -> None:
    """Open an incident unless there is one, and queue the messages of it.

    `since` is when the trouble began. Call it last in a transaction that holds the device's row: it
    appends news.
    """
    incident = await _latest(work, device.id, kind)
    if incident is not None and not _is_followed(incident, since):
        return
    opened = _new_incident(work, device, kind, since)
    work.add(opened)
    await work.flush()
    await tell_of_open(work, opened, notifications)
    await append_incident(work, EventKind.INCIDENT_OPENED, opened.id)


async def end_standing(
    work: OrganizationWork,
    device: Device,
    kind: IncidentKind,
    outcome: ResolvedAs,
    notifications: Notifications,
) -> None:
    """Resolve the incident, and where it recovered tell those who were told. Call it as above."""
    incident = await _latest(work, device.id, kind)
    if incident is None or incident.state == IncidentState.RESOLVED:
        return
    incident.state = IncidentState.RESOLVED
    incident.resolved_at = utc_now()
    incident.resolved_as = outcome
    await work.flush()
    if outcome is ResolvedAs.RECOVERED:
        await tell_of_recovered(work, incident, notifications)
    await append_incident(work, EventKind.INCIDENT_CLOSED, incident.id)


def _is_followed(incident: Incident, since: datetime) -> bool:
    """Whether trouble that began then is another: not while it lasts, nor what a person ended."""
    ended_at = incident.resolved_at
    return ended_at is not None and not (is_by_hand(incident) and ended_at >= since)


async def _latest(work: OrganizationWork, device_id: UUID, kind: IncidentKind) -> Incident | None:
    incident: Incident | None = await work.scalar(
        select(Incident)
        .where(
            Incident.organization_id == work.organization_id,
            Incident.device_id == device_id,
            Incident.kind == kind,
        )
        .order_by(Incident.opened_at.desc(), Incident.id.desc())
        .limit(1)
    )
    return incident


def _new_incident(
    work: OrganizationWork, device: Device, kind: IncidentKind, since: datetime
) -> Incident:
    return Incident(
        id=new_id(),
        organization_id=work.organization_id,
        device_id=device.id,
        unit_id=device.unit_id,
        kind=kind,
        state=IncidentState.OPEN,
        opened_at=since,
        captures_count=0,
        normal_in_a_row=0,
    )
