from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cloud.accounts.preferences import Preset
from cloud.web.filters import span_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 26, 22, 30, tzinfo=UTC)
"""Monday 23:30 in Berlin, a day after its clocks went back."""


def test_an_hour_and_a_week_end_now() -> None:
    assert span_of(Preset.HOUR, BERLIN, NOW) == (datetime(2026, 10, 26, 21, 30, tzinfo=UTC), None)
    assert span_of(Preset.WEEK, BERLIN, NOW) == (datetime(2026, 10, 19, 22, 30, tzinfo=UTC), None)


def test_today_begins_at_the_readers_midnight() -> None:
    assert span_of(Preset.TODAY, BERLIN, NOW) == (datetime(2026, 10, 25, 23, tzinfo=UTC), None)


def test_yesterday_is_a_whole_day_even_if_it_had_twenty_five_hours() -> None:
    start, end = span_of(Preset.YESTERDAY, BERLIN, NOW)
    assert start == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert end == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_without_a_preset_all_time_is_meant() -> None:
    assert span_of("", BERLIN, NOW) == (None, None)
