"""Reading devices: one by the id that the outside knows, and how many there are."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from cloud.accounts.models import Organization
from cloud.devices.models import Device
from cloud.devices.spelling import normal_unit_id
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound


def device_not_found() -> NotFound:
    """Missing, released, or another organization's: all the same to whoever asks."""
    return NotFound("device_not_found", "There is no such camera in your organization.")


async def get_device(work: OrganizationWork, device_id: str, *, lock: bool = False) -> Device:
    """The organization's active device of a unit id; locked until the commit if it is to change.

    Raises NotFound.
    """
    statement = select(Device).where(
        Device.organization_id == work.organization_id,
        Device.unit_id == normal_unit_id(device_id),
        Device.released_at.is_(None),
    )
    device = await work.scalar(statement.with_for_update() if lock else statement)
    if device is None:
        raise device_not_found()
    found: Device = device
    return found


async def get_device_of_row(work: OrganizationWork, id_: UUID) -> Device:
    """The device behind a row's id, released or not. Raises NotFound."""
    device: Device | None = await work.scalar(
        select(Device).where(Device.organization_id == work.organization_id, Device.id == id_)
    )
    if device is None:
        raise device_not_found()
    return device


async def lock_device(work: OrganizationWork, id_: UUID) -> Device | None:
    """The device behind a row's id, locked until the commit; None once it is released."""
    values = {"organization_id": work.organization_id, "row_id": id_}
    device: Device | None = await work.scalar(LOCK_DEVICE, values)
    return device


async def list_newest(work: OrganizationWork, *, limit: int) -> Sequence[Device]:
    """Active devices, the one activated last first."""
    return await _list(work, _newest_active(work).limit(limit))


async def list_unheard(work: OrganizationWork, *, limit: int) -> Sequence[Device]:
    """Active devices that never said a word and never sent a picture, the newest first."""
    unheard = _newest_active(work).where(
        Device.last_seen_at.is_(None), Device.last_captured_at.is_(None)
    )
    return await _list(work, unheard.limit(limit))


async def count_devices(work: OrganizationWork) -> int:
    """How many devices are active: each takes one slot."""
    return int(
        await work.scalar(
            select(func.count())
            .select_from(Device)
            .where(Device.organization_id == work.organization_id, Device.released_at.is_(None))
        )
    )


async def get_organization(work: OrganizationWork, *, lock: bool = False) -> Organization:
    """The organization itself. Locked, its slots and its trial change one at a time."""
    statement = select(Organization).where(Organization.id == work.organization_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    organization: Organization = (await work.execute(statement)).scalar_one()
    return organization


def _newest_active(work: OrganizationWork) -> Select[Device]:
    return (
        select(Device)
        .where(Device.organization_id == work.organization_id, Device.released_at.is_(None))
        .order_by(Device.activated_at.desc(), Device.id.desc())
    )


async def _list(work: OrganizationWork, statement: Select[Device]) -> Sequence[Device]:
    devices: Sequence[Device] = (await work.execute(statement)).scalars().all()
    return devices


LOCK_DEVICE = (
    select(Device)
    .where(
        Device.organization_id == bindparam("organization_id"),
        Device.id == bindparam("row_id"),
        Device.released_at.is_(None),
    )
    .with_for_update()
)
