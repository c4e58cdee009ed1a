"""Reading the schedules of a camera, and the form in which the outside sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cloud.devices.config import read_trigger
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.paging import Cursor, PageRequest
from cloud.kit.processor import compute
from cloud.kit.weekly_hours import Window
from cloud.triggers.models import Schedule
from cloud.triggers.timetable import Timetable, next_moments

PREVIEWED = 5


@dataclass(frozen=True)
class SchedulePage:
    schedules: Sequence[Schedule]
    next_cursor: str | None


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


def page_of(schedules: Sequence[Schedule], page: PageRequest) -> SchedulePage:
    """A page of a camera's schedules, of which there are few. Raises Malformed."""
    behind = page.cursor.uuid if page.cursor else None
    left = [each for each in schedules if behind is None or each.id < behind]
    shown = left[: page.limit]
    if len(left) <= page.limit:
        return SchedulePage(shown, None)
    return SchedulePage(shown, Cursor(shown[-1].created_at, str(shown[-1].id)).encode())


async def get_schedule(work: OrganizationWork, device_id: UUID, schedule_id: str) -> Schedule:
    """One schedule of a device's row. Raises NotFound."""
    found = await list_schedules(work, device_id)
    for schedule in found:
        if str(schedule.id) == schedule_id.lower():
            return schedule
    raise schedule_not_found()


async def schedule_document(schedule: Schedule, device: Device, now: datetime) -> dict[str, Any]:
    """The schedule of the contract; `next` is empty while it is switched off.

    `digital_input` is the camera's own choice, the same in all its schedules.
    """
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
        "digital_input": read_trigger(device.config).digital_input_enabled,
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
