"""Presence: when a device was last heard from, and the news when it comes, goes or is upgraded.

A device is online while it was heard within three of its heartbeat intervals. Coming is seen by
the heartbeat itself. Going is the absence of one, so each online device has a row in a queue that
falls due when it would be too late; the worker then looks, and either says that the device is gone
or sets the row to the next such moment.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from cloud.devices.access import CallingDevice
from cloud.devices.config import read_heartbeat_interval
from cloud.devices.device_time import in_our_time
from cloud.devices.gaps import Gap, hear_gaps
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device
from cloud.devices.queries import device_not_found, get_device, lock_device
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim, Queue
from cloud.kit.worker import handle_due

INTERVALS_UNTIL_OFFLINE = 3

PRESENCE = Queue("presence")
"""Online devices (their row ids), due when they would have been silent for too long."""

CLAIMED_AT_ONCE = 50
LEASE_SECONDS = 10
"""What a killed process was about to say is late by this at the most."""


@dataclass(frozen=True)
class Heartbeat:
    """What a device says of itself: its version, the whole body as it came, and the gaps in it."""

    device_version: str
    body: dict[str, Any]
    gaps: Collection[Gap]


def is_online(device: Device, now: datetime) -> bool:
    return device.last_seen_at is not None and now < silent_from(device, device.last_seen_at)


def silent_from(device: Device, heard_at: datetime) -> datetime:
    """When a device heard at that moment counts as gone, if it says nothing more."""
    interval = read_heartbeat_interval(device.config)
    return heard_at + timedelta(seconds=INTERVALS_UNTIL_OFFLINE * interval)


def live_snooze(until: datetime | None, now: datetime) -> datetime | None:
    """Until when a camera is snoozed; None where it is not, or not any more."""
    return until if until is not None and until > now else None


def presence_document(device: Device, now: datetime) -> dict[str, Any]:
    """What a `device.presence` event says."""
    return {
        "device_id": device.unit_id,
        "friendly_name": device.friendly_name,
        "status": device.status,
        "snoozed_until": live_snooze(device.snoozed_until, now),
        "is_online": is_online(device, now),
        "last_seen_at": device.last_seen_at,
        "device_version": device.device_version,
    }


async def hear_heartbeat(
    work: OrganizationWork, calling: CallingDevice, heartbeat: Heartbeat
) -> int:
    """Take a heartbeat down; news if the device was away or has another version.

    The version of the config that it should have. Raises NotFound for a device that was released a
    moment ago.
    """
    now = utc_now()
    heard = (
        await work.execute(
            HEAR,
            {
                "of_organization": work.organization_id,
                "row_id": calling.device_id,
                "now": now,
                "address": calling.address,
                "version": heartbeat.device_version,
                "said": in_our_time(heartbeat.body, now=now),
            },
        )
    ).one_or_none()
    if heard is None:
        raise device_not_found()
    await hear_gaps(work, calling.device_id, heartbeat.gaps)
    if not heard.was_online or heard.was_version != heartbeat.device_version:
        await _announce_coming(work, calling, now, was_online=heard.was_online)
    return int(heard.config_version)


async def _announce_coming(
    work: OrganizationWork, calling: CallingDevice, now: datetime, *, was_online: bool
) -> None:
    device = await get_device(work, calling.unit_id)
    if not was_online:
        await _look_again(work, device, now)
        await ask_for_look(work, device.id)
    await announce_presence(work, device, now)


async def announce_presence(work: OrganizationWork, device: Device, now: datetime) -> None:
    """Tell the organization how a device is. Last in a transaction."""
    document = presence_document(device, now)
    await append(work, EventKind.DEVICE_PRESENCE, document, device_id=device.unit_id)


async def take_presence_turn(database: Database) -> bool:
    """Say of each device that has fallen silent that it is gone; whether there may be more."""
    handled = await handle_due(
        PRESENCE, _look, database, limit=CLAIMED_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled == CLAIMED_AT_ONCE


async def _look(work: OrganizationWork, claim: Claim) -> None:
    device = await lock_device(work, claim.id)
    now = utc_now()
    if device is not None and device.last_seen_at is not None and is_online(device, now):
        wait = silent_from(device, device.last_seen_at) - now
        await PRESENCE.retry(work, claim, wait.total_seconds())
        return
    await PRESENCE.finish(work, claim)
    if device is not None:
        device.announced_online = False
        await work.flush()
        await ask_for_look(work, device.id)
        await announce_presence(work, device, now)


async def _look_again(work: OrganizationWork, device: Device, heard_at: datetime) -> None:
    wait = silent_from(device, heard_at) - heard_at
    await PRESENCE.put(work, device.id, work.organization_id, delay_seconds=wait.total_seconds())


DEVICES = Device.metadata.tables[Device.__tablename__]

BEFORE = (
    select(DEVICES.c.id, DEVICES.c.announced_online, DEVICES.c.device_version)
    .where(
        DEVICES.c.organization_id == bindparam("of_organization"),
        DEVICES.c.id == bindparam("row_id"),
        DEVICES.c.released_at.is_(None),
    )
    .with_for_update()
    .cte("before")
)

HEAR = (
    update(DEVICES)
    .where(DEVICES.c.id == BEFORE.c.id)
    .values(
        last_seen_at=bindparam("now"),
        last_ip=bindparam("address"),
        device_version=bindparam("version"),
        heartbeat=bindparam("said"),
        announced_online=True,
    )
    .returning(
        DEVICES.c.config_version,
        BEFORE.c.announced_online.label("was_online"),
        BEFORE.c.device_version.label("was_version"),
    )
)
