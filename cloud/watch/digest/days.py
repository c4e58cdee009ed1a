"""Which day a digest is about: from one morning to the next, by the organization's clock.

The night that has just ended belongs to it. Where clocks are changed a day has 23 or 25 hours.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cloud.kit.wall_clock import moments_at, wall_of

MORNING = time(7)

STILL_NEWS = timedelta(hours=12)
"""Beyond that a digest that could not be made in time is none: the next morning has its own."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """From `begin`, which is not in it, to `end`, which is. `day` is the date of its end there."""

    day: date
    begin: datetime
    end: datetime


def last_day(now: datetime, zone: ZoneInfo) -> Span:
    """The day that ended with the last morning."""
    today = wall_of(now, zone).date()
    day = today if _morning_of(today, zone) <= now else today - DAY
    return Span(day, _morning_of(day - DAY, zone), _morning_of(day, zone))


def until_now(now: datetime, zone: ZoneInfo) -> Span:
    """The 24 hours before this moment."""
    return Span(wall_of(now, zone).date(), now - DAY, now)


def _morning_of(day: date, zone: ZoneInfo) -> datetime:
    return moments_at(datetime.combine(day, MORNING), zone)[0]
