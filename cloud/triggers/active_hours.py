"""Active hours: the hours of the week in which a schedule asks, by the clock on the wall.

A window that ends before it begins goes on over midnight and belongs to the day on which it began.
Its end is not in it: from 08:00 to 18:00, the last minute is 17:59.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cloud.triggers.wall_clock import moments_at, wall_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)

DAYS_LOOKED_AHEAD = 10
"""A week, today once more, and a day that a zone may have skipped."""


@dataclass(frozen=True)
class Window:
    """Some hours of some days. `start` and `end` are minutes of the day, 0 to 1440."""

    days: tuple[str, ...]
    start: int
    end: int

    def holds(self, wall: datetime) -> bool:
        """Whether a time on the wall lies in it."""
        minute = 60 * wall.hour + wall.minute
        if self.start < self.end:
            return _day_of(wall) in self.days and self.start <= minute < self.end
        began_today = _day_of(wall) in self.days and minute >= self.start
        return began_today or (_day_of(wall - DAY) in self.days and minute < self.end)


def is_active(windows: tuple[Window, ...], moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment lies in one of the windows; every moment does where there are none."""
    if not windows:
        return True
    wall = wall_of(moment, zone)
    return any(window.holds(wall) for window in windows)


def next_opening(windows: tuple[Window, ...], after: datetime, zone: ZoneInfo) -> datetime:
    """When the next window begins after a moment. There is at least one window."""
    today = datetime.combine(wall_of(after, zone), time())
    days = (today + number * DAY for number in range(DAYS_LOOKED_AHEAD))
    openings = (_openings(windows, day, zone) for day in days)
    return next(min(later) for each in openings if (later := [one for one in each if one > after]))


def _openings(windows: tuple[Window, ...], day: datetime, zone: ZoneInfo) -> list[datetime]:
    return [
        moment
        for window in windows
        if _day_of(day) in window.days
        for moment in moments_at(day + timedelta(minutes=window.start), zone)
    ]


def _day_of(wall: datetime) -> str:
    return DAYS[wall.weekday()]
