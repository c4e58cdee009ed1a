"""When a schedule is due: pure functions of its timetable and the time.

An interval is counted from one midnight in the schedule's zone, so its moments are the same
whenever and wherever they are worked out. A cron that names hours goes by the clock on the wall:
a time that is skipped moves to the next minute that there is, and one that comes twice is due the
first time only. A cron of every hour (`*`) goes on evenly through both changes. All moments are
whole seconds in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from cloud.kit.wall_clock import moments_at, wall_of
from cloud.kit.weekly_hours import Window, is_active, next_opening

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)

END = datetime.max.replace(tzinfo=UTC)

FIRST_MIDNIGHT = datetime(2024, 1, 1)  # noqa: DTZ001  # on the wall of each zone
EVERY_HOUR = frozenset({"*", "*/1"})

CLOSED_AT_MOST = 1000
"""So many moments outside the active hours, one for each of them that passed, are taken for all:
in every week each window opens once, and no calendar needs more weeks than this to come round."""

LONGEST_WAIT = timedelta(days=41 * 366)
"""What does not come within it never does. A 29 February is of the same weekday after 28 years, and
after 40 where a century has none."""


@dataclass(frozen=True)
class Timetable:
    """Either an interval or a cron of five fields, and the hours in which it counts."""

    time_zone: str
    interval_seconds: int | None = None
    cron: str | None = None
    active_hours: tuple[Window, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def shortest_gap(self) -> timedelta:
        """The least time between two moments."""
        return timedelta(seconds=self.interval_seconds or 60)


def moments_after(
    timetable: Timetable, after: datetime, until: datetime = END
) -> Iterator[datetime]:
    """The due moments after that one, and not beyond `until`, in order.

    There are none where it will never be due again. To find that out may take a second or two of
    the processor.
    """
    windows, zone = timetable.active_hours, timetable.zone
    beats, closed, latest = _beats_after(timetable, after), 0, after
    while (moment := next(beats, None)) is not None and moment <= until:
        if closed == CLOSED_AT_MOST or moment - latest > LONGEST_WAIT:
            return
        if is_active(windows, moment, zone):
            closed, latest = 0, moment
            yield moment
        else:
            closed += 1
            beats = _beats_after(timetable, next_opening(windows, moment, zone) - SECOND)


def next_moment(timetable: Timetable, after: datetime) -> datetime | None:
    return next(moments_after(timetable, after), None)


def next_moments(timetable: Timetable, after: datetime, count: int) -> list[datetime]:
    return list(islice(moments_after(timetable, after), count))


def last_moment(timetable: Timetable, after: datetime, until: datetime) -> datetime | None:
    """The newest moment after `after` and not beyond `until`, found by halving what is between."""
    found = next(moments_after(timetable, after, until), None)
    if found is None:
        return None
    none_from = until
    while none_from - found > SECOND:
        middle = found + (none_from - found) / 2
        moment = next(moments_after(timetable, middle, until), None)
        if moment is None:
            none_from = middle
        else:
            found = moment
    return found


def count_moments(timetable: Timetable, after: datetime, until: datetime) -> int:
    """How many moments lie after `after` and not beyond `until`.

    Whole hours are counted once and remembered: the same ones are asked for again and again.
    """
    first = after.replace(minute=0, second=0, microsecond=0) + HOUR
    whole = (until - first) // HOUR
    if whole < 1:
        return _count(timetable, after, until)
    last = first + whole * HOUR
    between = sum(_count_hour(timetable, first + number * HOUR) for number in range(whole))
    return _count(timetable, after, first) + between + _count(timetable, last, until)


@lru_cache(maxsize=50_000)
def _count_hour(timetable: Timetable, begin: datetime) -> int:
    return _count(timetable, begin, begin + HOUR)


def _count(timetable: Timetable, after: datetime, until: datetime) -> int:
    return sum(1 for _ in moments_after(timetable, after, until))


def _beats_after(timetable: Timetable, after: datetime) -> Iterator[datetime]:
    """The moments whatever the active hours."""
    if timetable.cron is None:
        return _by_interval(timetable, after)
    if timetable.cron.split()[1] in EVERY_HOUR:
        return _in_every_hour(timetable.cron, after, timetable.zone)
    return _on_the_wall(timetable.cron, after, timetable.zone)


def _by_interval(timetable: Timetable, after: datetime) -> Iterator[datetime]:
    start, interval = _first_midnight(timetable.time_zone), timetable.shortest_gap
    number = (after - start) // interval + 1
    while True:
        yield start + number * interval
        number += 1


@cache
def _first_midnight(time_zone: str) -> datetime:
    return moments_at(FIRST_MIDNIGHT, ZoneInfo(time_zone))[0]


def _in_every_hour(cron: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    return (moment.astimezone(UTC) for moment in CronSim(cron, after.astimezone(zone)))


def _on_the_wall(cron: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    latest = after
    for wall in CronSim(cron, wall_of(after, zone)):
        moment = moments_at(wall, zone)[0]
        if moment > latest:
            latest = moment
            yield moment
