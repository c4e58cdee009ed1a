"""What keeps a message back for a while: its camera's snooze, or quiet hours."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cloud.alerts.models import Delivery, HeldBy, Incident
from cloud.alerts.notifications import Notifications, read_notifications
from cloud.alerts.quiet_hours import quiet_until
from cloud.devices.models import Device
from cloud.devices.presence import live_snooze
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Hold:
    by: HeldBy
    until: datetime


def find_hold(
    notifications: Notifications, snoozed_until: datetime | None, now: datetime
) -> Hold | None:
    """What keeps messages of a camera back at a moment; a snooze before quiet hours."""
    snooze = live_snooze(snoozed_until, now)
    if snooze is not None:
        return Hold(HeldBy.SNOOZE, snooze)
    quiet = quiet_until(notifications.quiet_hours, now)
    return None if quiet is None else Hold(HeldBy.QUIET_HOURS, quiet)


async def hold_of_organization(work: OrganizationWork, now: datetime) -> Hold | None:
    """What keeps a message back that is about no camera."""
    return find_hold(await read_notifications(work), None, now)


async def hold_of_camera(work: OrganizationWork, device_id: UUID, now: datetime) -> Hold | None:
    """What keeps messages of a camera back, by its row's id."""
    snoozed_until = await work.scalar(
        select(Device.snoozed_until).where(
            Device.organization_id == work.organization_id, Device.id == device_id
        )
    )
    return find_hold(await read_notifications(work, device_id), snoozed_until, now)


async def camera_of(work: OrganizationWork, delivery: Delivery) -> UUID | None:
    """The row's id of the camera whose incident a message is about; None where it is of none."""
    device_id: UUID | None = await work.scalar(
        select(Incident.device_id).where(
            Incident.organization_id == work.organization_id, Incident.id == delivery.incident_id
        )
    )
    return device_id
