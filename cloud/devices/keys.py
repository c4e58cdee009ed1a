"""Device keys: 256 random bits, shown once; only their hashes are kept."""

from uuid import UUID

from sqlalchemy import delete, func, insert, or_, update

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.models import DeviceKey
from cloud.devices.queries import get_device
from cloud.kit.database import OrganizationWork, Work
from cloud.kit.ids import hash_secret, new_secret
from device.wire import DEVICE_KEY_PREFIX

LONGEST_GRACE_SECONDS = 7 * 24 * 3600


async def issue_key(work: Work, device_id: UUID, unit_id: str, organization_id: UUID) -> str:
    """A new key of a device. It is never to be seen again."""
    key = new_secret(DEVICE_KEY_PREFIX)
    await work.execute(
        insert(DeviceKey).values(
            key_hash=hash_secret(key),
            device_id=device_id,
            unit_id=unit_id,
            organization_id=organization_id,
        )
    )
    return key


async def end_keys(work: Work, device_id: UUID, *, grace_seconds: int = 0) -> None:
    """End a device's keys: at once, or after a grace that never prolongs an earlier end."""
    mine = DeviceKey.device_id == device_id
    if grace_seconds == 0:
        await work.execute(delete(DeviceKey).where(mine))
        return
    now = func.clock_timestamp()
    await work.execute(delete(DeviceKey).where(mine, DeviceKey.expires_at <= now))
    end = now + func.make_interval(0, 0, 0, 0, 0, 0, grace_seconds)
    await work.execute(
        update(DeviceKey)
        .where(mine, or_(DeviceKey.expires_at.is_(None), DeviceKey.expires_at > end))
        .values(expires_at=end)
    )


async def rotate_key(
    work: OrganizationWork, who: Person, device_id: str, *, grace_seconds: int
) -> str:
    """Give a device a new key; the old ones work for the grace. Raises NotFound."""
    device = await get_device(work, device_id, lock=True)
    await end_keys(work, device.id, grace_seconds=grace_seconds)
    key = await issue_key(work, device.id, device.unit_id, work.organization_id)
    note(work, who, "device.key_rotated", device.unit_id, grace_seconds=grace_seconds)
    return key
