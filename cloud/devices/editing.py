"""Changing what people call a device, where it stands, and whether it is paused."""

from dataclasses import dataclass

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.commands import call_camera
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device, DeviceStatus
from cloud.devices.presence import announce_presence
from cloud.devices.queries import get_device
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class DeviceChanges:
    """None leaves a field as it is; an empty location clears it."""

    friendly_name: str | None = None
    status: DeviceStatus | None = None
    location: str | None = None


async def edit_device(
    work: OrganizationWork, who: Person, device_id: str, changes: DeviceChanges
) -> Device:
    """Change a device: news for whoever looks at it. Last in a transaction.

    Pausing and resuming raise the config version, so the camera hears of it. Raises NotFound.
    """
    device = await get_device(work, device_id, lock=True)
    if changes.friendly_name is not None:
        device.friendly_name = changes.friendly_name
    if changes.location is not None:
        device.location = changes.location or None
    if changes.status is not None and changes.status != device.status:
        device.status = changes.status
        device.status_changed_at = utc_now()
        device.config_version += 1
        await call_camera(work, device)
        await ask_for_look(work, device.id)
    fields = {name: value for name, value in vars(changes).items() if value is not None}
    note(work, who, "device.edited", device.unit_id, **fields)
    await work.flush()
    await announce_presence(work, device, utc_now())
    return device
