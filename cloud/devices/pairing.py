"""Pairing: a short code, typed or scanned at the camera, is exchanged once for the device's key.

So the key itself is never on a screen, in a shell history or in a QR code. A device has at most
one code; a new one takes the place of the old.
"""

import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from cloud.accounts.audit import note_by_device
from cloud.devices.keys import end_keys, issue_key
from cloud.devices.models import Device, PairingCode
from cloud.devices.presence import announce_presence
from cloud.devices.spelling import normal_code
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Gone, Malformed
from cloud.kit.ids import hash_secret, new_code

PAIRING_CODE_LIFE = timedelta(minutes=15)
CODE_GROUPS = 3
"""Sixty bits: no guessing within its life, even without the throttle."""


@dataclass(frozen=True)
class IssuedPairingCode:
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class PairingStanding:
    """What became of a device's newest code."""

    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Paired:
    """What the camera gets for its code."""

    device_id: str
    device_key: str
    activation_id: str
    """By which the camera knows that what it took for an earlier activation is not ours."""


async def issue_pairing_code(work: OrganizationWork, device: Device) -> IssuedPairingCode:
    """Give a device a code; an earlier one is good no more."""
    issued = IssuedPairingCode(new_code(CODE_GROUPS), utc_now() + PAIRING_CODE_LIFE)
    fresh = {
        "code_hash": _hash(issued.code),
        "expires_at": func.clock_timestamp() + PAIRING_CODE_LIFE,
        "used_at": None,
    }
    await work.execute(
        insert(PairingCode)
        .values(
            device_id=device.id,
            unit_id=device.unit_id,
            organization_id=work.organization_id,
            **fresh,
        )
        .on_conflict_do_update(index_elements=[PairingCode.device_id], set_=fresh)
    )
    return issued


async def find_pairing(work: OrganizationWork, device_id: UUID) -> PairingStanding | None:
    """What became of the newest code of the device behind a row's id; None if it never had one."""
    row = (
        await work.execute(
            select(PairingCode.expires_at, PairingCode.used_at).where(
                PairingCode.device_id == device_id,
                PairingCode.organization_id == work.organization_id,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return PairingStanding(row.expires_at - PAIRING_CODE_LIFE, row.expires_at, row.used_at)


def setup_command(base_url: str, code: str) -> str:
    """What to type at the camera."""
    return f"python -m device pair --url {shlex.quote(base_url)} --code {code}"


async def pair(database: Database, typed: str, address: str) -> Paired:
    """Exchange a code for a new key; the device's earlier keys end.

    Raises Malformed for a code that is none, Gone for one that is used or expired. That it was
    paired is news: whoever sets the camera up waits for it.
    """
    async with database.work() as work:
        organization_id = await work.scalar(
            select(PairingCode.organization_id).where(PairingCode.code_hash == _hash(typed))
        )
    if organization_id is None:
        raise Malformed(
            "pairing_code_invalid",
            "This pairing code is not known. Check it, or make a new one on the camera's page.",
        )
    async with database.work_for(organization_id) as work:
        return await spend(work, typed, address)


async def spend(work: OrganizationWork, typed: str, address: str) -> Paired:
    """Exchange one of the organization's own codes. Raises Gone."""
    device = await _lock_device(work, typed)
    if device is None or not await _use_up(work, typed):
        raise Gone(
            "pairing_code_expired",
            "This pairing code is used or expired. Make a new one on the camera's page.",
        )
    await end_keys(work, device.id)
    key = await issue_key(work, device.id, device.unit_id, work.organization_id)
    note_by_device(work, device.unit_id, "device.paired", address=address)
    await work.flush()
    await announce_presence(work, device, utc_now())
    return Paired(device.unit_id, key, str(device.id))


async def _lock_device(work: OrganizationWork, typed: str) -> Device | None:
    """The device of a code: whoever else gives it a key locks the same row."""
    device: Device | None = await work.scalar(
        select(Device)
        .join(PairingCode, PairingCode.device_id == Device.id)
        .where(
            PairingCode.code_hash == _hash(typed),
            PairingCode.organization_id == work.organization_id,
            Device.released_at.is_(None),
        )
        .with_for_update(of=Device)
    )
    return device


async def _use_up(work: OrganizationWork, typed: str) -> bool:
    """Whether the code was good."""
    now = func.clock_timestamp()
    used = await work.scalar(
        update(PairingCode)
        .where(
            PairingCode.code_hash == _hash(typed),
            PairingCode.organization_id == work.organization_id,
            PairingCode.used_at.is_(None),
            PairingCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(PairingCode.device_id)
    )
    return used is not None


def _hash(code: str) -> bytes:
    return hash_secret(normal_code(code))
