"""Some hours of the week, by the clock on the wall: as a request names them, and what they hold.

A window that ends before it begins goes on over midnight and belongs to the day on which it began.
Its end is not in it: from 08:00 to 18:00, the last minute is 17:59.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from cloud.kit.bodies import Body
from cloud.kit.wall_clock import moments_at, wall_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
MINUTES_OF_DAY = 24 * 60

DAYS_LOOKED_AHEAD = 10
"""A week, today once more, and a day that a zone may have skipped."""


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]

WeeklyTime = tuple[tuple[str, ...], int]
"""A minute of the day, on some days of the week."""


@dataclass(frozen=True)
class Window:
    """Some hours of some days. `start` and `end` are minutes of the day, 0 to 1440."""

    days: tuple[str, ...]
    start: int
    end: int

    @classmethod
    def read(cls, hours: Mapping[str, Any]) -> "Window":
        """From what a `WeeklyHours` body was kept as."""
        return cls(tuple(hours["days"]), _minute_of(hours["from"]), _minute_of(hours["to"]))

    @property
    def document(self) -> dict[str, Any]:
        """As a `WeeklyHours` body says it."""
        begin, end = (f"{each // 60:02}:{each % 60:02}" for each in (self.start, self.end))
        return {"days": list(self.days), "from": begin, "to": end}

    def holds(self, wall: datetime) -> bool:
        """Whether a time on the wall lies in it."""
        minute = 60 * wall.hour + wall.minute
        if self.start < self.end:
            return _day_of(wall) in self.days and self.start <= minute < self.end
        began_today = _day_of(wall) in self.days and minute >= self.start
        return began_today or (_day_of(wall - DAY) in self.days and minute < self.end)

    @property
    def beginning(self) -> WeeklyTime:
        return self.days, self.start

    @property
    def ending(self) -> WeeklyTime:
        """Its first minute that is not in it any more, maybe on the day after."""
        if self.start < self.end < MINUTES_OF_DAY:
            return self.days, self.end
        return tuple(_day_after(day) for day in self.days), self.end % MINUTES_OF_DAY


class WeeklyHours(Body):
    """Some hours of some days; over midnight where `to` is before `from`. `to` is not in them."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)]
    begin: TimeOfDay = Field(alias="from")
    end: TimeOfDay = Field(alias="to")

    @model_validator(mode="after")
    def _holds_something(self) -> "WeeklyHours":
        if self.begin == self.end:
            raise ValueError("from and to must differ; the whole day is from 00:00 to 24:00")
        return self


def is_active(windows: tuple[Window, ...], moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment lies in one of the windows; every moment does where there are none."""
    if not windows:
        return True
    wall = wall_of(moment, zone)
    return any(window.holds(wall) for window in windows)


def next_opening(windows: tuple[Window, ...], after: datetime, zone: ZoneInfo) -> datetime:
    """When the next window begins after a moment. There is at least one window."""
    return _next_time([window.beginning for window in windows], after, zone)


def next_closing(windows: tuple[Window, ...], after: datetime, zone: ZoneInfo) -> datetime:
    """When the next window ends after a moment. There is at least one window."""
    return _next_time([window.ending for window in windows], after, zone)


def next_edge(windows: tuple[Window, ...], after: datetime, zone: ZoneInfo) -> datetime:
    """When the next window begins or ends after a moment. There is at least one window."""
    edges = [edge for window in windows for edge in (window.beginning, window.ending)]
    return _next_time(edges, after, zone)


def _next_time(times: Sequence[WeeklyTime], after: datetime, zone: ZoneInfo) -> datetime:
    today = datetime.combine(wall_of(after, zone), time())
    days = (today + number * DAY for number in range(DAYS_LOOKED_AHEAD))
    found = (_moments_of(times, day, zone) for day in days)
    return next(min(later) for each in found if (later := [one for one in each if one > after]))


def _moments_of(times: Sequence[WeeklyTime], day: datetime, zone: ZoneInfo) -> list[datetime]:
    return [
        moment
        for days, minute in times
        if _day_of(day) in days
        for moment in moments_at(day + timedelta(minutes=minute), zone)
    ]


def _minute_of(time_of_day: str) -> int:
    hours, minutes = time_of_day.split(":")
    return 60 * int(hours) + int(minutes)


def _day_of(wall: datetime) -> str:
    return DAYS[wall.weekday()]


def _day_after(day: str) -> str:
    return DAYS[(DAYS.index(day) + 1) % len(DAYS)]
