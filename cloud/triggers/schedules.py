"""Reading the schedules of a camera, and the form in which the outside sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.processor import compute
from cloud.kit.weekly_hours import Window
from cloud.triggers.models import Schedule
from cloud.triggers.timetable import Timetable, next_moments

PREVIEWED = 5


def schedule_not_found() -> NotFound:
    return NotFound("schedule_not_found", "There is no such schedule for this camera.")


async def list_schedules(work: OrganizationWork, device_id: UUID) -> Sequence[Schedule]:
    """The schedules of a device's row, the newest first."""
    found = await work.session.scalars(
        select(Schedule)
        .where(Schedule.organization_id == work.organization_id, Schedule.device_id == device_id)
        .order_by(Schedule.id.desc())
    )
    return found.all()


async def get_schedule(work: OrganizationWork, device_id: UUID, schedule_id: str) -> Schedule:
    """One schedule of a device's row. Raises NotFound."""
    found = await list_schedules(work, device_id)
    for schedule in found:
        if str(schedule.id) == schedule_id.lower():
            return schedule
    raise schedule_not_found()


async def schedule_document(schedule: Schedule, now: datetime) -> dict[str, Any]:
    """The schedule of the contract; `next` is empty while it is switched off."""
    upcoming: list[datetime] = []
    if schedule.enabled:
        upcoming = await compute(next_moments, timetable_of(schedule), now, PREVIEWED)
    return {
        "id": schedule.id,
        "enabled": schedule.enabled,
        "interval_seconds": schedule.interval_seconds,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "active_hours": schedule.active_hours or None,
        "digital_input": schedule.digital_input,
        "label": schedule.label,
        "next": upcoming,
    }


def timetable_of(schedule: Schedule) -> Timetable:
    return read_timetable(
        {
            "time_zone": schedule.time_zone,
            "interval_seconds": schedule.interval_seconds,
            "cron": schedule.cron,
            "active_hours": schedule.active_hours,
        }
    )


def read_timetable(row: Mapping[str, Any]) -> Timetable:
    """The timetable that a schedule's row keeps."""
    windows = tuple(map(Window.read, row["active_hours"]))
    return Timetable(row["time_zone"], row["interval_seconds"], row["cron"], windows)
