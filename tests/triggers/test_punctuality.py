"""How punctually schedules ask: what is asked for, what was missed, when to look; by table."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cloud.kit.ids import new_id
from cloud.kit.weekly_hours import Window
from cloud.triggers.punctuality import (
    GRACE,
    LOOKED_AT_EVERY,
    MOST_COUNTED,
    MOST_SPREAD,
    Settlement,
    next_look,
    settle,
    spread_of,
)
from cloud.triggers.timetable import Timetable

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NONE = timedelta()

MINUTELY = Timetable("UTC", interval_seconds=60)
EVERY_FIVE = Timetable("UTC", interval_seconds=300)
DAILY = Timetable("UTC", cron="0 12 * * *")
MORNINGS = Timetable("UTC", interval_seconds=300, active_hours=(Window(("mon",), 480, 660),))


@pytest.mark.parametrize(
    ("timetable", "settled_until", "now", "expected"),
    [
        (MINUTELY, NOON, NOON + 59 * SECOND, Settlement()),
        (MINUTELY, NOON, NOON + MINUTE, Settlement(due=NOON + MINUTE)),
        (MINUTELY, NOON - SECOND, NOON + MINUTE, Settlement(NOON + MINUTE, NOON)),
        (DAILY, NOON - SECOND, NOON + GRACE, Settlement(due=NOON)),
        (DAILY, NOON - SECOND, NOON + GRACE + SECOND, Settlement(missed=NOON)),
        (DAILY, NOON, NOON + HOUR, Settlement()),
        (EVERY_FIVE, NOON - 2 * HOUR, NOON + SECOND, Settlement(NOON, NOON - 5 * MINUTE, 22)),
        (
            EVERY_FIVE,
            NOON - 2 * HOUR,
            NOON + 2 * MINUTE,
            Settlement(missed=NOON, passed_over=23),
        ),
        (MORNINGS, NOON - HOUR, NOON + 24 * HOUR, Settlement()),
        (
            MORNINGS,
            NOON - 3 * HOUR,
            NOON,
            Settlement(missed=NOON - 65 * MINUTE, passed_over=22),
        ),
        (
            MINUTELY,
            NOON - 60 * 24 * HOUR,
            NOON,
            Settlement(NOON, NOON - MINUTE, MOST_COUNTED + 1),
        ),
        (MINUTELY, NOON + HOUR, NOON, Settlement()),
    ],
)
def test_what_becomes_of_the_moments_that_passed(
    timetable: Timetable, settled_until: datetime, now: datetime, expected: Settlement
) -> None:
    assert settle(timetable, settled_until, now, NONE) == expected


def test_a_moment_has_passed_once_its_spread_has() -> None:
    spread = 10 * SECOND
    assert settle(DAILY, NOON - HOUR, NOON + 9 * SECOND, spread) == Settlement()
    assert settle(DAILY, NOON - HOUR, NOON + spread, spread) == Settlement(due=NOON)
    assert settle(DAILY, NOON - HOUR, NOON + spread + GRACE, spread) == Settlement(due=NOON)


def test_it_is_looked_at_when_it_is_due_and_every_hour_at_least() -> None:
    assert next_look(MINUTELY, NOON, 3 * SECOND) == NOON + 3 * SECOND
    assert next_look(MINUTELY, NOON + 3 * SECOND, 3 * SECOND) == NOON + MINUTE + 3 * SECOND
    assert next_look(DAILY, NOON, NONE) == NOON + LOOKED_AT_EVERY


@pytest.mark.parametrize(("seconds", "most"), [(7, 1.75), (20, 5), (60, 15), (3600, 15)])
def test_a_fleet_of_one_minute_is_spread_within_bounds(seconds: int, most: float) -> None:
    timetable = Timetable("UTC", interval_seconds=seconds)
    spreads = [spread_of(new_id(), timetable) for _ in range(1000)]
    assert all(NONE <= spread < timedelta(seconds=most) <= MOST_SPREAD for spread in spreads)
    per_tenth = [0] * 10
    for spread in spreads:
        per_tenth[int(10 * spread / timedelta(seconds=most))] += 1
    assert max(per_tenth) < 160, "of a thousand, none of ten parts takes many more than a hundred"


def test_a_schedule_keeps_its_spread() -> None:
    assert spread_of(UUID(int=7), DAILY) == spread_of(UUID(int=7), DAILY)
