"""When a camera's pictures are due, late and gone: by its interval, or by its schedules."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud.kit.weekly_hours import Window
from cloud.triggers.punctuality import MOST_SPREAD
from cloud.triggers.timetable import Timetable
from cloud.watch.pace import LATE_AFTER_AT_LEAST, NEVER, Order, Pace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
MORNINGS = Timetable("UTC", 300, active_hours=(Window(("mon", "tue"), 8 * 60, 12 * 60),))
DAILY = Timetable("UTC", cron="0 12 * * *")


def by(*timetables: Timetable, since: datetime = NOON - 30 * DAY) -> Pace:
    return Pace(5 * MINUTE, tuple(Order(timetable, since) for timetable in timetables))


@pytest.mark.parametrize(
    ("interval", "late", "gone"),
    [(5 * MINUTE, 8.75 * MINUTE, 15 * MINUTE), (7 * SECOND, 12.25 * SECOND, 37 * SECOND)],
)
def test_by_an_interval(interval: timedelta, late: timedelta, gone: timedelta) -> None:
    pace = Pace(interval)
    assert pace.due_after(NOON) == NOON + interval
    assert pace.late_at(NOON) == NOON + late
    assert pace.gone_at(NOON) == NOON + gone
    assert not pace.is_resting(NOON)
    assert pace.next_edge(NOON) == NEVER


def test_by_schedules_the_first_of_their_moments_is_the_next() -> None:
    pace = by(DAILY, MORNINGS)
    assert pace.due_after(NOON - MINUTE) == NOON
    assert pace.due_after(NOON - 10 * MINUTE) == NOON - 5 * MINUTE
    assert pace.due_after(NOON) == NOON + 20 * HOUR


def test_a_daily_picture_is_late_when_its_asking_has_expired() -> None:
    pace = by(DAILY)
    assert pace.late_at(NOON) == NOON + DAY + 10 * MINUTE + MOST_SPREAD
    assert pace.gone_at(NOON) == NOON + 3 * DAY + MOST_SPREAD


@pytest.mark.parametrize("seconds", [7, 20, 60, 300])
def test_by_an_interval_of_a_schedule_it_is_late_within_two(seconds: int) -> None:
    pace, interval = by(Timetable("UTC", seconds)), timedelta(seconds=seconds)
    last = pace.due_after(NOON)
    assert last + interval + LATE_AFTER_AT_LEAST < pace.late_at(last) <= last + 2 * interval


def test_the_spread_of_what_is_due_is_allowed_for() -> None:
    often, daily = Timetable("UTC", 20), DAILY
    assert by(often, daily).late_at(NOON) == by(often).late_at(NOON)
    before = NOON - 5 * SECOND
    assert by(often, daily).late_at(before) == NOON + 15 * SECOND + MOST_SPREAD


def test_nothing_is_late_outside_the_active_hours() -> None:
    pace = by(MORNINGS)
    last = NOON - 5 * MINUTE
    assert pace.late_at(last) > NOON + 20 * HOUR
    assert pace.is_resting(NOON)
    assert not pace.is_resting(last)
    assert pace.next_edge(last) == NOON
    assert pace.next_edge(NOON) == NOON + 20 * HOUR


def test_a_schedule_without_hours_never_rests() -> None:
    assert not by(MORNINGS, DAILY).is_resting(NOON + HOUR)


@pytest.mark.parametrize(
    ("pace", "by_itself", "count"),
    [
        (by(), True, 288),
        (by(), False, 0),
        (by(DAILY), True, 1),
        (by(DAILY, MORNINGS), False, 1 + 48),
        (by(MORNINGS, since=NOON - HOUR), True, 23 * 12 + 11),
        (by(MORNINGS, since=NOON - HOUR), False, 11),
    ],
)
def test_how_many_pictures_were_due(pace: Pace, *, by_itself: bool, count: int) -> None:
    assert pace.count_due(NOON - DAY, NOON, by_itself=by_itself) == count
