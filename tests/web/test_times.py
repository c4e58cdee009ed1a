from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cloud.web.times import say_ago, say_duration, say_moment, say_span, say_zoned

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (47 * 3_600, "47 h"),
        (48 * 3_600, "2 d"),
        (-7, "0 s"),
    ],
)
def test_a_span_is_said_in_its_largest_sensible_unit(seconds: int, words: str) -> None:
    assert say_span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.012, "12 ms"), (1.44, "1.4 s"), (59.9, "59.9 s"), (200, "3 min")]
)
def test_what_is_mostly_short_is_said_exactly(seconds: float, words: str) -> None:
    assert say_duration(seconds) == words


def test_a_moment_a_little_ahead_of_our_clock_is_just_now() -> None:
    assert say_ago(NOW + timedelta(seconds=20), NOW) == "just now"
    assert say_ago(NOW - timedelta(seconds=41), NOW) == "41 s ago"


def test_an_exact_time_is_in_the_readers_zone() -> None:
    assert say_moment(NOW, BERLIN, NOW) == "22 Nov, 09:30:00"
    assert say_zoned(NOW, BERLIN) == "Sunday 22 November 2026, 09:30:00 CET"


def test_an_exact_time_of_another_year_names_it() -> None:
    assert say_moment(NOW - timedelta(days=365), UTC, NOW) == "22 Nov 2025, 08:30:00"


def test_the_year_is_the_readers_own() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert say_moment(new_year, BERLIN, new_year) == "1 Jan, 00:30:00"
