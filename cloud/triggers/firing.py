"""The scheduler: asks cameras for pictures when their schedules are due. Any process may do it.

One transaction settles a schedule: it holds the camera's lock, takes down what is asked for and
what was missed, and sets the next look; whoever has lost the claim meanwhile loses all of it. A
moment is known by its schedule and its time, of which there can be only one trigger. A camera that
has yet to take what it was asked for is not asked again: that moment is missed. One that was asked
less than the shortest interval ago is asked once that is over.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from cloud.devices.commands import is_awaited, put_command
from cloud.devices.models import Device, DeviceStatus
from cloud.devices.queries import get_organization, lock_device
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.queue import Claim
from cloud.kit.worker import handle_due
from cloud.triggers import punctuality
from cloud.triggers.asking import wait_before_asking
from cloud.triggers.models import Schedule, Trigger, TriggerKind
from cloud.triggers.punctuality import Settlement, next_look, settle, spread_of
from cloud.triggers.queries import last_asked_at
from cloud.triggers.schedules import timetable_of
from cloud.triggers.scheduling import SCHEDULES
from cloud.triggers.telling import tell_of_trigger

CLAIMED_AT_ONCE = 10
LEASE_SECONDS = 4
"""A killed process's schedules are late by this at the most: less than the shortest interval."""

LET_THROUGH_SECONDS = 0.5
"""So much too early passes after the schedule's own last asking, if that came late by a little.

Else, at the shortest interval, each lateness would add up until a moment is lost.
"""

STILL_AWAITED = "The camera had not yet taken what it was asked for before."
NOBODY_LOOKED = "No server looked when this was due"


async def take_firing_turn(database: Database) -> bool:
    """Look at each schedule that is due; whether there may be more."""
    handled = await handle_due(
        SCHEDULES, _look, database, limit=CLAIMED_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled == CLAIMED_AT_ONCE


async def _look(work: OrganizationWork, claim: Claim) -> None:
    found = await _lock(work, claim.id)
    if found is None:
        await SCHEDULES.finish(work, claim)
        return
    device, schedule = found
    now: datetime = await work.scalar(select(func.clock_timestamp()))
    timetable = timetable_of(schedule)
    spread = spread_of(schedule.id, timetable)
    settlement = settle(timetable, schedule.settled_until, now, spread)
    if settlement.due is not None:
        wait = await _wait_its_turn(work, device, schedule, now)
        if wait > 0:
            await SCHEDULES.retry(work, claim, wait)
            return
    next_at = next_look(timetable, now, spread)
    await SCHEDULES.retry(work, claim, max(timedelta(), next_at - now).total_seconds())
    schedule.settled_until = now - spread
    if await _may_be_asked(work, device, now):
        await _write(work, device, schedule, settlement)


async def _lock(work: OrganizationWork, schedule_id: UUID) -> tuple[Device, Schedule] | None:
    """The camera first, whose lock all hold who write its schedules; None where either is gone."""
    mine = (Schedule.organization_id == work.organization_id, Schedule.id == schedule_id)
    device_id = await work.scalar(select(Schedule.device_id).where(*mine))
    device = None if device_id is None else await lock_device(work, device_id)
    schedule = await work.scalar(select(Schedule).where(*mine, Schedule.enabled))
    return None if device is None or schedule is None else (device, schedule)


async def _wait_its_turn(
    work: OrganizationWork, device: Device, schedule: Schedule, now: datetime
) -> float:
    """Seconds until the camera may be asked."""
    wait = wait_before_asking(await last_asked_at(work, device.id), now)
    if wait > LET_THROUGH_SECONDS:
        return wait
    return wait_before_asking(await last_asked_at(work, device.id, not_by=schedule.id), now)


async def _may_be_asked(work: OrganizationWork, device: Device, now: datetime) -> bool:
    is_paused = device.status == DeviceStatus.PAUSED
    return not is_paused and now < (await get_organization(work)).trial_ends_at


async def _write(
    work: OrganizationWork, device: Device, schedule: Schedule, settlement: Settlement
) -> None:
    taken_down = []
    if settlement.missed is not None:
        why = _nobody_looked(settlement.passed_over)
        taken_down.append(await _take_down(work, schedule, settlement.missed, missed=why))
    if settlement.due is not None:
        why_not = STILL_AWAITED if await is_awaited(work, device.id) else None
        trigger_id = await _take_down(work, schedule, settlement.due, missed=why_not)
        if trigger_id is not None and why_not is None:
            label = schedule.label or None
            kind = TriggerKind.SCHEDULED
            await put_command(work, device, trigger_id=trigger_id, kind=kind, label=label)
        taken_down.append(trigger_id)
    for trigger_id in taken_down:
        if trigger_id is not None:
            await tell_of_trigger(work, Trigger.id == trigger_id)


async def _take_down(
    work: OrganizationWork, schedule: Schedule, moment: datetime, *, missed: str | None
) -> UUID | None:
    """The trigger of a moment; None where there is one already."""
    trigger_id: UUID | None = await work.scalar(
        insert(Trigger)
        .values(
            id=new_id(),
            organization_id=work.organization_id,
            device_id=schedule.device_id,
            kind=TriggerKind.SCHEDULED,
            schedule_id=schedule.id,
            due_at=moment,
            missed=missed,
        )
        .on_conflict_do_nothing(index_elements=[Trigger.schedule_id, Trigger.due_at])
        .returning(Trigger.id)
    )
    return trigger_id


def _nobody_looked(passed_over: int) -> str:
    if not passed_over:
        return f"{NOBODY_LOOKED}."
    most = punctuality.MOST_COUNTED
    how_many = f"more than {most}" if passed_over > most else f"the {passed_over}"
    return f"{NOBODY_LOOKED}, nor at {how_many} before."
