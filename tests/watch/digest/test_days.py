from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cloud.watch.digest.days import last_day, until_now

ZURICH = ZoneInfo("Europe/Zurich")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "day", "begin", "end"),
    [
        ("2026-11-23T06:00", "2026-11-23", "2026-11-22T06:00", "2026-11-23T06:00"),
        ("2026-11-23T05:59", "2026-11-22", "2026-11-21T06:00", "2026-11-22T06:00"),
        # Summer time begins on 29 March and ends on 25 October 2026.
        ("2026-03-29T05:00", "2026-03-29", "2026-03-28T06:00", "2026-03-29T05:00"),
        ("2026-03-29T04:59", "2026-03-28", "2026-03-27T06:00", "2026-03-28T06:00"),
        ("2026-10-25T06:00", "2026-10-25", "2026-10-24T05:00", "2026-10-25T06:00"),
    ],
)
def test_a_day_goes_from_seven_to_seven_by_the_clock_on_the_wall(
    now: str, day: str, begin: str, end: str
) -> None:
    span = last_day(utc(now), ZURICH)
    assert (span.day, span.begin, span.end) == (date.fromisoformat(day), utc(begin), utc(end))


def test_the_days_of_a_year_follow_each_other_without_gap_or_overlap() -> None:
    spans = [last_day(utc("2026-01-01T12:00") + timedelta(days=n), ZURICH) for n in range(365)]
    assert all(one.end == other.begin for one, other in pairwise(spans))
    assert len({span.day for span in spans}) == 365


def test_where_a_day_was_skipped_its_morning_is_that_of_the_next() -> None:
    """Samoa had no 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    span = last_day(utc("2011-12-30T20:00"), apia)
    assert span.day == date(2011, 12, 31)
    assert span.begin < span.end


def test_what_is_previewed_is_the_last_24_hours() -> None:
    now = utc("2026-11-23T15:00")
    span = until_now(now, ZURICH)
    assert span.end - span.begin == timedelta(days=1)
    assert span.end == now
