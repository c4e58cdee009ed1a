"""Escalation: when nobody acknowledges an incident in time, somebody else is told of it, once.

What the cooldown kept from being told at all is told first. The time counts from when people were
told: what was held back by quiet hours or a snooze was told when it went out, and while a camera is
snoozed or paused nobody is asked to look. The message itself is held back like any other.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from cloud.alerts.history import lock_camera
from cloud.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Incident, IncidentState
from cloud.alerts.news import append_incident
from cloud.alerts.notifications import Escalation, read_notifications
from cloud.alerts.queueing import ESCALATIONS, OPENING, queue_messages
from cloud.alerts.telling import last_told, tell_of_open
from cloud.devices.models import Device, DeviceStatus
from cloud.devices.presence import live_snooze
from cloud.events.append import EventKind
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim
from cloud.kit.worker import handle_due

CLAIMED_AT_ONCE = 20
LEASE_SECONDS = 30


async def take_escalation_turn(database: Database) -> bool:
    """A worker's turn: tell of what nobody has seen; whether there may be more."""
    handled = await handle_due(
        ESCALATIONS, escalate, database, limit=CLAIMED_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled == CLAIMED_AT_ONCE


async def escalate(work: OrganizationWork, claim: Claim) -> None:
    """Tell of one incident if its time has come, or look again when it has. Raises LeaseLost."""
    found = await _lock_open(work, claim.id)
    if found is None:
        await ESCALATIONS.finish(work, claim)
        return
    incident, device = found
    notifications = await read_notifications(work, device.id)
    if not (await last_told(work, incident)).is_open:
        await ESCALATIONS.finish(work, claim)
        if await tell_of_open(work, incident, notifications):
            await append_incident(work, EventKind.INCIDENT_UPDATED, incident.id)
        return
    escalation = notifications.escalation if notifications.enabled else None
    now = utc_now()
    due_at = await _due_at(work, incident, device, escalation, now) if escalation else None
    if escalation is None or due_at is None:
        await ESCALATIONS.finish(work, claim)
    elif due_at > now:
        await ESCALATIONS.retry(work, claim, (due_at - now).total_seconds())
    else:
        await ESCALATIONS.finish(work, claim)
        await queue_messages(work, incident.id, DeliveryKind.ESCALATED, 0, escalation.recipients)
        await append_incident(work, EventKind.INCIDENT_UPDATED, incident.id)


async def _lock_open(work: OrganizationWork, incident_id: UUID) -> tuple[Incident, Device] | None:
    """The incident with its camera, locked; None where nobody is waited for any more."""
    incident = await _read(work, incident_id)
    if incident is None:
        return None
    device = await lock_camera(work, incident.device_id)
    await work.session.refresh(incident)
    return (incident, device) if incident.state == IncidentState.OPEN else None


async def _read(work: OrganizationWork, incident_id: UUID) -> Incident | None:
    incident: Incident | None = await work.scalar(
        select(Incident).where(
            Incident.organization_id == work.organization_id, Incident.id == incident_id
        )
    )
    return incident


async def _due_at(
    work: OrganizationWork,
    incident: Incident,
    device: Device,
    escalation: Escalation,
    now: datetime,
) -> datetime | None:
    """When somebody else is to be told; None where they were."""
    row = (
        await work.execute(
            select(
                func.max(func.greatest(Delivery.created_at, Delivery.held_until))
                .filter(Delivery.kind.in_(OPENING), Delivery.status != DeliveryStatus.WITHDRAWN)
                .label("told_at"),
                func.count().filter(Delivery.kind == DeliveryKind.ESCALATED).label("escalated"),
            ).where(
                Delivery.organization_id == work.organization_id,
                Delivery.incident_id == incident.id,
            )
        )
    ).one()
    if row.escalated:
        return None
    if device.status == DeviceStatus.PAUSED:
        return now + escalation.after
    began: datetime = max(row.told_at, live_snooze(device.snoozed_until, now) or row.told_at)
    return began + escalation.after
