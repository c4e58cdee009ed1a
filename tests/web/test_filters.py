from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from cloud.accounts.preferences import Preset
from cloud.web.filters import Filters, span_of

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


def test_a_span_of_ones_own_is_by_the_readers_clock() -> None:
    chosen = Filters(preset="span", from_=datetime(2026, 10, 26, 8), to=None)  # noqa: DTZ001  # as a field of a form sends it
    asked = chosen.of_device(uuid4(), BERLIN, NOW)
    assert asked.from_ == datetime(2026, 10, 26, 7, tzinfo=UTC)
    assert asked.to is None


def test_times_that_stand_in_the_form_count_only_for_a_span() -> None:
    chosen = Filters(preset="", from_=datetime(2026, 10, 26, 8, tzinfo=UTC))
    assert chosen.of_device(uuid4(), BERLIN, NOW).from_ is None
