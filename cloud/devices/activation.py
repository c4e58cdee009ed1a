"""Activation: a unit becomes a device of one organization, if a slot is free or a code gives one.

The organization's row is locked first, so slots are counted one activation at a time; then the
unit's, so that of two organizations one gets it.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from cloud.accounts.access import RANK
from cloud.accounts.audit import note
from cloud.accounts.models import Organization, Role
from cloud.accounts.sessions import Person
from cloud.devices.keys import issue_key
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device, Unit
from cloud.devices.pairing import IssuedPairingCode, issue_pairing_code
from cloud.devices.queries import count_devices, get_organization
from cloud.devices.redemption import Benefit, redeem
from cloud.devices.spelling import normal_unit_id
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, NotFound, PaymentRequired
from cloud.kit.ids import new_id


class UnitStatus(StrEnum):
    """What a unit is to whoever asks, where it is not somebody else's."""

    AVAILABLE = "available"
    YOURS = "yours"


@dataclass(frozen=True)
class Validation:
    """Whether a unit could be activated, and what to do next."""

    device_id: str
    status: UnitStatus
    can_activate: bool
    message: str


@dataclass(frozen=True)
class Activated:
    """A new device, its key and pairing code, seen this once, and what the code gave."""

    device: Device
    device_key: str
    pairing_code: IssuedPairingCode
    benefit: Benefit | None


async def validate_unit(work: OrganizationWork, who: Person, typed: str) -> Validation:
    """Look whether a unit could be activated. Raises NotFound, and Conflict for another's."""
    unit = await _get_unit(work, typed)
    if unit.organization_id is not None:
        return Validation(
            unit.id, UnitStatus.YOURS, can_activate=False, message="This camera is yours already."
        )
    organization = await get_organization(work)
    if await count_devices(work) >= organization.device_limit:
        return Validation(
            unit.id,
            UnitStatus.AVAILABLE,
            can_activate=False,
            message=f"{_slots_used(organization)} An activation code can add one.",
        )
    if RANK[who.role] < RANK[Role.ADMIN]:
        message = "This camera is free. Ask an admin of your organization to activate it."
        return Validation(unit.id, UnitStatus.AVAILABLE, can_activate=False, message=message)
    return Validation(
        unit.id, UnitStatus.AVAILABLE, can_activate=True, message="This camera can be activated."
    )


async def activate(
    work: OrganizationWork,
    who: Person,
    typed: str,
    *,
    activation_code: str | None,
    friendly_name: str | None,
) -> Activated:
    """Make a unit the organization's device.

    Raises NotFound, Conflict `device_taken` or `device_already_active`, PaymentRequired
    `no_device_slot`, and what `redeem` raises; then nothing was changed or used.
    """
    organization = await get_organization(work, lock=True)
    unit = await _get_unit(work, typed, lock=True)
    if unit.organization_id is not None:
        raise Conflict("device_already_active", "This camera is active in your organization.")
    benefit = None
    if activation_code is not None:
        benefit = await redeem(work, who, organization, activation_code, unit.id)
    if await count_devices(work) >= organization.device_limit:
        raise PaymentRequired(
            "no_device_slot",
            f"{_slots_used(organization)} Release one, or use an activation code that adds one.",
        )
    device = await _add_device(work, who, unit, friendly_name)
    key = await issue_key(work, device.id, unit.id, work.organization_id)
    pairing_code = await issue_pairing_code(work, device)
    await ask_for_look(work, device.id)
    note(work, who, "device.activated", unit.id, benefit=benefit.message if benefit else None)
    return Activated(device, key, pairing_code, benefit)


async def _get_unit(work: OrganizationWork, typed: str, *, lock: bool = False) -> Unit:
    """A unit that is free or the organization's own. Raises NotFound, and Conflict."""
    statement = select(Unit).where(Unit.id == normal_unit_id(typed))
    unit = await work.scalar(statement.with_for_update(key_share=True) if lock else statement)
    if unit is None:
        raise NotFound(
            "device_not_found", "There is no camera with this id. Check it against the label."
        )
    found: Unit = unit
    if found.organization_id not in {None, work.organization_id}:
        raise Conflict(
            "device_taken", "This camera is active elsewhere. Its owner must release it first."
        )
    return found


async def _add_device(
    work: OrganizationWork, who: Person, unit: Unit, friendly_name: str | None
) -> Device:
    now = utc_now()
    device = Device(
        id=new_id(),
        organization_id=work.organization_id,
        unit_id=unit.id,
        friendly_name=friendly_name or f"Camera {unit.id[-4:]}",
        activated_at=now,
        activated_by=who.user_id,
        status_changed_at=now,
    )
    unit.organization_id = work.organization_id
    work.add(device)
    await work.flush()
    return device


def _slots_used(organization: Organization) -> str:
    limit = organization.device_limit
    return (
        f"Your organization may have {limit} {'camera' if limit == 1 else 'cameras'}, all in use."
    )
