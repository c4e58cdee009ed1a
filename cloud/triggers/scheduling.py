"""Giving a camera its standing orders: added, changed, removed.

Whoever writes holds the lock of the camera's row. While a schedule is switched on it stands in the
queue, due when it is to be looked at; the camera hears at once whether it has any.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.commands import call_camera
from cloud.devices.config import ConfigDocument, TriggerSection, read_trigger
from cloud.devices.configuring import change_config
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device
from cloud.devices.queries import get_device, get_organization
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed
from cloud.kit.ids import new_id
from cloud.kit.processor import compute
from cloud.kit.queue import Queue
from cloud.kit.settings import Settings
from cloud.triggers.models import Schedule
from cloud.triggers.punctuality import next_look, spread_of
from cloud.triggers.schedules import get_schedule, list_schedules, timetable_of
from cloud.triggers.timetable import next_moment

SCHEDULES = Queue("schedules")
"""Schedules that are switched on, due when they are to be looked at."""

MOST_SCHEDULES = 20

INPUT = "digital_input"
"""The one field of a schedule that is the camera's."""

ONE_OF_TWO = {"interval_seconds": "cron", "cron": "interval_seconds"}


async def add_schedule(
    work: OrganizationWork,
    who: Person,
    device_id: str,
    values: Mapping[str, Any],
    *,
    settings: Settings,
) -> tuple[Schedule, Device]:
    """Add a schedule; `values` as the API has them, the rest at its default. Given with its camera.

    Raises NotFound, Malformed.
    """
    device = await get_device(work, device_id, lock=True)
    if len(await list_schedules(work, device.id)) >= MOST_SCHEDULES:
        raise Malformed(
            "too_many_schedules",
            f"A camera has at most {MOST_SCHEDULES} schedules. Change or remove one of them.",
        )
    now = utc_now()
    schedule = Schedule(
        id=new_id(),
        organization_id=work.organization_id,
        device_id=device.id,
        label="",
        enabled=True,
        interval_seconds=None,
        cron=None,
        time_zone=(await get_organization(work)).time_zone,
        active_hours=[],
        in_force_since=now,
        settled_until=now,
    )
    await _write(work, schedule, values)
    work.add(schedule)
    await _switch_input(work, who, device, values, settings)
    await _put_in_force(work, device, schedule, now)
    note(work, who, "schedule.added", device.unit_id, schedule_id=str(schedule.id), **values)
    return schedule, device


async def change_schedule(
    work: OrganizationWork,
    who: Person,
    device_id: str,
    schedule_id: str,
    values: Mapping[str, Any],
    *,
    settings: Settings,
) -> tuple[Schedule, Device]:
    """Change what is named in `values`; the schedule and its camera. Raises NotFound, Malformed."""
    device = await get_device(work, device_id, lock=True)
    schedule = await get_schedule(work, device.id, schedule_id)
    now = utc_now()
    before = (schedule.enabled, timetable_of(schedule))
    await _write(work, schedule, values)
    if before != (schedule.enabled, timetable_of(schedule)):
        schedule.in_force_since = schedule.settled_until = now
        await _put_in_force(work, device, schedule, now)
    await _switch_input(work, who, device, values, settings)
    note(work, who, "schedule.changed", device.unit_id, schedule_id=str(schedule.id), **values)
    return schedule, device


async def remove_schedule(
    work: OrganizationWork, who: Person, device_id: str, schedule_id: str
) -> None:
    """Remove a schedule; its triggers stay in the history. Raises NotFound."""
    device = await get_device(work, device_id, lock=True)
    schedule = await get_schedule(work, device.id, schedule_id)
    await work.session.delete(schedule)
    await SCHEDULES.forget(work, schedule.id)
    await _tell_camera(work, device)
    note(work, who, "schedule.removed", device.unit_id, schedule_id=str(schedule.id))


async def _write(work: OrganizationWork, schedule: Schedule, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name == INPUT:
            continue
        setattr(schedule, name, value)
        other = ONE_OF_TWO.get(name)
        if value is not None and other is not None and other not in values:
            setattr(schedule, other, None)
    schedule.active_hours = schedule.active_hours or []
    schedule.time_zone = schedule.time_zone or (await get_organization(work)).time_zone
    await _require_sense(schedule)


async def _switch_input(
    work: OrganizationWork,
    who: Person,
    device: Device,
    values: Mapping[str, Any],
    settings: Settings,
) -> None:
    """Have the camera hear its digital input or not, as its configuration: it does so by itself."""
    heard = read_trigger(device.config).digital_input_enabled
    wanted = values.get(INPUT, heard)
    if wanted != heard:
        changes = ConfigDocument(trigger=TriggerSection(digital_input_enabled=wanted))
        await change_config(work, who, device.unit_id, changes, if_match=None, settings=settings)


async def _require_sense(schedule: Schedule) -> None:
    """Raises Malformed."""
    if (schedule.interval_seconds is None) == (schedule.cron is None):
        raise _contradictory("interval_seconds", "or cron must be given, one of the two")
    if await compute(next_moment, timetable_of(schedule), utc_now()) is None:
        where = " within active_hours" if schedule.active_hours else ""
        raise _contradictory("cron", f"must come round some day{where}; this one never does")


def _contradictory(field: str, message: str) -> Malformed:
    return Malformed(
        "schedule_contradictory", f"{field} {message}.", errors=(FieldError(field, message),)
    )


async def _put_in_force(
    work: OrganizationWork, device: Device, schedule: Schedule, now: datetime
) -> None:
    if schedule.enabled:
        timetable = timetable_of(schedule)
        spread = spread_of(schedule.id, timetable)
        delay = (next_look(timetable, now, spread) - now).total_seconds()
        await SCHEDULES.put(work, schedule.id, work.organization_id, delay_seconds=delay)
    else:
        await SCHEDULES.forget(work, schedule.id)
    await _tell_camera(work, device)


async def _tell_camera(work: OrganizationWork, device: Device) -> None:
    await work.flush()
    in_force = exists().where(
        Schedule.organization_id == work.organization_id,
        Schedule.device_id == device.id,
        Schedule.enabled,
    )
    device.scheduled = bool(await work.scalar(select(in_force)))
    await call_camera(work, device)
    await ask_for_look(work, device.id)
