"""Release: a device ends, its unit is free for whoever activates it next.

Its key is dead with the commit. Its pairing code goes first, as in pairing: whoever exchanges it
just then is waited for, and the key that came of it ends with the others. What the rooms above have
to do is queued: that of alerts ends its incidents; that of captures erases its captures, which else
stay until retention takes them.
"""

from sqlalchemy import delete, update

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.commands import COMMANDS_TOPIC, call_camera
from cloud.devices.keys import end_keys
from cloud.devices.looking import WATCHING
from cloud.devices.models import Device, DeviceKey, PairingCode, Unit
from cloud.devices.presence import PRESENCE, presence_document
from cloud.devices.queries import get_device
from cloud.events.append import EventKind, append
from cloud.kit.bells import ring
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.queue import Queue

RELEASES = Queue("device_release")
"""Released devices (their row ids) whose incidents are to be ended."""

ERASURES = Queue("device_erasure")
"""Released devices (their row ids) whose captures are to be erased."""


async def release(
    work: OrganizationWork, who: Person, device_id: str, *, erase_captures: bool
) -> None:
    """End a device. Raises NotFound."""
    device = await get_device(work, device_id, lock=True)
    device.released_at = utc_now()
    device.announced_online = False
    await work.execute(delete(PairingCode).where(PairingCode.device_id == device.id))
    await end_keys(work, device.id)
    await work.execute(update(Unit).where(Unit.id == device.unit_id).values(organization_id=None))
    await PRESENCE.forget(work, device.id)
    await call_camera(work, device)
    await WATCHING.forget(work, device.id)
    await RELEASES.put(work, device.id, work.organization_id)
    if erase_captures:
        await ERASURES.put(work, device.id, work.organization_id)
    note(work, who, "device.released", device.unit_id, captures_erased=erase_captures)
    document = presence_document(device, utc_now()) | {"status": "released"}
    await append(work, EventKind.DEVICE_PRESENCE, document, device_id=device.unit_id)


async def release_all(work: OrganizationWork) -> None:
    """End all devices of an organization that ends; what the rooms above keep of them goes too."""
    own = work.organization_id
    released = await work.execute(
        update(Device)
        .where(Device.organization_id == own, Device.released_at.is_(None))
        .values(released_at=utc_now(), announced_online=False)
        .returning(Device.id)
    )
    await work.execute(delete(PairingCode).where(PairingCode.organization_id == own))
    await work.execute(delete(DeviceKey).where(DeviceKey.organization_id == own))
    await work.execute(update(Unit).where(Unit.organization_id == own).values(organization_id=None))
    for device_id in released.scalars().all():
        await ring(work, COMMANDS_TOPIC, str(device_id))
