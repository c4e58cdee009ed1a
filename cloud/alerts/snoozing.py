"""Snoozing a camera: for a while nobody is told of it, while its incidents open and count as ever.

What it would have told is held back (`cloud.alerts.admitting`) and told when the snooze ends, of
what still lasts then. It ends by itself.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.alerts.models import Incident, IncidentState
from cloud.alerts.news import append_incident
from cloud.alerts.queueing import look_again
from cloud.devices.models import Device
from cloud.devices.presence import presence_document
from cloud.devices.queries import get_device
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed

LONGEST_SNOOZE = timedelta(days=30)


async def snooze(work: OrganizationWork, who: Person, device_id: str, until: datetime) -> Device:
    """Tell nobody of a camera until then; the time of an earlier snooze gives way.

    Raises NotFound, and Malformed for a time that is past or more than 30 days ahead.
    """
    device = await get_device(work, device_id, lock=True)
    _check(until)
    device.snoozed_until = until
    note(work, who, "device.snoozed", device.unit_id, until=until.isoformat())
    await _spread(work, device)
    return device


async def end_snooze(work: OrganizationWork, who: Person, device_id: str) -> Device:
    """Tell of a camera again, at once of what lasts. Changes nothing where none is on.

    Raises NotFound.
    """
    device = await get_device(work, device_id, lock=True)
    if device.snoozed_until is not None and device.snoozed_until > utc_now():
        device.snoozed_until = None
        note(work, who, "device.snooze_ended", device.unit_id)
        await _spread(work, device)
    return device


def _check(until: datetime) -> None:
    now = utc_now()
    if not now < until <= now + LONGEST_SNOOZE:
        reason = "must be in the future, and at most 30 days ahead"
        raise Malformed(
            "snooze_malformed", f"until {reason}.", errors=(FieldError("until", reason),)
        )


async def _spread(work: OrganizationWork, device: Device) -> None:
    """Have what is held back looked at anew, and every open page hear of it."""
    await work.flush()
    await look_again(work, device.id)
    unresolved = await work.session.scalars(
        select(Incident.id)
        .where(
            Incident.organization_id == work.organization_id,
            Incident.device_id == device.id,
            Incident.state != IncidentState.RESOLVED,
        )
        .order_by(Incident.opened_at)
    )
    for incident_id in unresolved.all():
        await append_incident(work, EventKind.INCIDENT_UPDATED, incident_id)
    document = presence_document(device, utc_now())
    await append(work, EventKind.DEVICE_PRESENCE, document, device_id=device.unit_id)
