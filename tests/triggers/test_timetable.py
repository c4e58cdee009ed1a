"""When schedules are due: by table, over changes of clocks and calendars, and by properties."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.kit.weekly_hours import DAYS, Window
from cloud.triggers.timetable import (
    Timetable,
    count_moments,
    last_moment,
    moments_after,
    next_moment,
    next_moments,
)

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
KATHMANDU, APIA = "Asia/Kathmandu", "Pacific/Apia"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEKDAYS = DAYS[:5]


def at(text: str, zone: str = "UTC") -> datetime:
    """A moment as a clock of that zone shows it; `*` for the second time that it does."""
    wall = datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=ZoneInfo(zone))
    return wall.replace(fold=int(text.endswith("*"))).astimezone(UTC)


def shown(moments: list[datetime], zone: str) -> list[str]:
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    return [f"{one:%m-%d %H:%M}{'*' if one.fold else ''}" for one in local]


@pytest.mark.parametrize(
    ("zone", "cron", "start", "expected"),
    [
        (BERLIN, "30 2 * * *", "2026-03-28T00:00", ["03-28 02:30", "03-29 03:00", "03-30 02:30"]),
        (BERLIN, "30 2 * * *", "2026-10-24T00:00", ["10-24 02:30", "10-25 02:30", "10-26 02:30"]),
        (NEW_YORK, "30 2 * * *", "2026-03-07T00:00", ["03-07 02:30", "03-08 03:00", "03-09 02:30"]),
        (NEW_YORK, "30 1 * * *", "2026-10-31T00:00", ["10-31 01:30", "11-01 01:30", "11-02 01:30"]),
        (
            LORD_HOWE,
            "15 2 * * *",
            "2026-10-03T00:00",
            ["10-03 02:15", "10-04 02:30", "10-05 02:15"],
        ),
        (
            LORD_HOWE,
            "45 1 * * *",
            "2026-04-04T00:00",
            ["04-04 01:45", "04-05 01:45", "04-06 01:45"],
        ),
        (BERLIN, "0,20,40 2 * * *", "2026-03-29T00:00", ["03-29 03:00", "03-30 02:00"]),
        (BERLIN, "0 2,3 * * *", "2026-03-29T00:00", ["03-29 03:00", "03-30 02:00"]),
        (BERLIN, "*/30 2 * * *", "2026-10-25T00:00", ["10-25 02:00", "10-25 02:30", "10-26 02:00"]),
        (BERLIN, "0 */2 * * *", "2026-03-29T00:30", ["03-29 03:00", "03-29 04:00"]),
        (LORD_HOWE, "0 */2 * * *", "2026-04-05T00:30", ["04-05 02:00", "04-05 04:00"]),
        (BERLIN, "30 * * * *", "2026-03-29T01:00", ["03-29 01:30", "03-29 03:30"]),
        (
            BERLIN,
            "30 * * * *",
            "2026-10-25T01:00",
            ["10-25 01:30", "10-25 02:30", "10-25 02:30*", "10-25 03:30"],
        ),
        (KATHMANDU, "0 8 * * *", "2026-11-22T00:00", ["11-22 08:00", "11-23 08:00"]),
        (APIA, "0 12 * * *", "2011-12-29T00:00", ["12-29 12:00", "12-31 00:00", "12-31 12:00"]),
        ("UTC", "0 9 29 2 *", "2027-01-01T00:00", ["02-29 09:00", "02-29 09:00"]),
        ("UTC", "0 9 L * *", "2027-02-01T00:00", ["02-28 09:00", "03-31 09:00"]),
        ("UTC", "0 9 * * MON#1", "2026-11-01T00:00", ["11-02 09:00", "12-07 09:00"]),
    ],
)
def test_what_the_calendar_does_to_a_cron(
    zone: str, cron: str, start: str, expected: list[str]
) -> None:
    moments = next_moments(Timetable(zone, cron=cron), at(start, zone), len(expected))
    assert shown(moments, zone) == expected


def test_the_leap_day_comes_every_four_years() -> None:
    timetable = Timetable("UTC", cron="0 9 29 2 *")
    assert [one.year for one in next_moments(timetable, at("2027-01-01"), 3)] == [2028, 2032, 2036]


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU])
@pytest.mark.parametrize("hour", range(4))
@pytest.mark.parametrize("minute", [0, 15, 30, 45])
def test_a_daily_cron_comes_once_on_each_day_of_two_years(
    zone: str, hour: int, minute: int
) -> None:
    timetable = Timetable(zone, cron=f"{minute} {hour} * * *")
    begin, end = at("2025-12-31T23:59", zone), at("2027-12-31T23:59", zone)
    moments = list(moments_after(timetable, begin, end))
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    assert days == [date(2026, 1, 1) + number * DAY for number in range(730)]
    assert len(set(moments)) == 730


def test_an_interval_is_counted_from_midnight_and_goes_on_evenly_over_changes() -> None:
    hourly = Timetable(KATHMANDU, interval_seconds=3600)
    assert shown(next_moments(hourly, at("2026-11-22T07:30", KATHMANDU), 2), KATHMANDU) == [
        "11-22 08:00",
        "11-22 09:00",
    ]
    quick = Timetable(BERLIN, interval_seconds=7)
    moments = next_moments(quick, at("2026-10-25T01:59", BERLIN), 1200)
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(seconds=7)}


def test_a_moment_is_not_after_itself() -> None:
    for timetable in (Timetable("UTC", cron="0 8 * * *"), Timetable("UTC", interval_seconds=60)):
        moment = next_moment(timetable, at("2026-11-22T00:00:00"))
        assert moment is not None
        assert next_moment(timetable, moment - timedelta(microseconds=1)) == moment
        later = next_moment(timetable, moment)
        assert later is not None
        assert later > moment


OFFICE = Window(WEEKDAYS, 8 * 60, 18 * 60)
NIGHT = Window(("fri",), 22 * 60, 6 * 60)
WHOLE_SUNDAY = Window(("sun",), 0, 24 * 60)


@pytest.mark.parametrize(
    ("window", "start", "expected"),
    [
        (OFFICE, "2026-11-20T16:30", ["11-20 17:00", "11-23 08:00", "11-23 09:00"]),
        (NIGHT, "2026-11-20T20:30", ["11-20 22:00", "11-20 23:00", "11-21 00:00"]),
        (NIGHT, "2026-11-21T04:30", ["11-21 05:00", "11-27 22:00"]),
        (WHOLE_SUNDAY, "2026-11-22T22:30", ["11-22 23:00", "11-29 00:00"]),
    ],
)
def test_it_is_due_only_within_its_active_hours(
    window: Window, start: str, expected: list[str]
) -> None:
    for timetable in (
        Timetable(BERLIN, interval_seconds=3600, active_hours=(window,)),
        Timetable(BERLIN, cron="0 * * * *", active_hours=(window,)),
    ):
        moments = next_moments(timetable, at(start, BERLIN), len(expected))
        assert shown(moments, BERLIN) == expected


def test_a_window_that_begins_in_a_missing_hour_begins_after_it() -> None:
    window = Window(("sun",), 2 * 60 + 30, 4 * 60)
    timetable = Timetable(BERLIN, interval_seconds=900, active_hours=(window,))
    moments = next_moments(timetable, at("2026-03-28T12:00", BERLIN), 4)
    assert shown(moments, BERLIN) == ["03-29 03:00", "03-29 03:15", "03-29 03:30", "03-29 03:45"]


def test_a_window_in_a_repeated_hour_is_open_twice() -> None:
    window = Window(("sun",), 2 * 60, 2 * 60 + 30)
    timetable = Timetable(BERLIN, interval_seconds=900, active_hours=(window,))
    moments = next_moments(timetable, at("2026-10-24T12:00", BERLIN), 4)
    assert shown(moments, BERLIN) == ["10-25 02:00", "10-25 02:15", "10-25 02:00*", "10-25 02:15*"]


@pytest.mark.parametrize(
    ("cron", "window"),
    [
        ("0 3 * * *", OFFICE),
        ("0 9 */40 * MON#3", None),
        ("30 19 * * SAT", OFFICE),
        ("0 3 * 2 MON#5", OFFICE),
    ],
)
def test_what_never_comes_round_is_known(cron: str, window: Window | None) -> None:
    windows = (window,) if window else ()
    assert next_moment(Timetable("UTC", cron=cron, active_hours=windows), at("2026-11-22")) is None


def test_what_comes_round_only_after_years_is_found() -> None:
    window = Window(("mon",), 0, 24 * 60)
    timetable = Timetable("UTC", cron="0 9 29 2 *", active_hours=(window,))
    assert next_moment(timetable, at("2026-11-22")) == at("2044-02-29T09:00")
    assert next_moment(timetable, at("2072-02-29T09:00")) == at("2112-02-29T09:00")


TIMETABLES = st.builds(
    Timetable,
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU, "UTC"]),
    cron=st.sampled_from(
        ["*/5 * * * *", "0 * * * *", "30 5 * * *", "15,45 1-9 * * *", "0 8-18/2 * * MON-SAT"]
    ),
    active_hours=st.sampled_from([(), (OFFICE,), (NIGHT, WHOLE_SUNDAY)]),
) | st.builds(
    Timetable,
    st.sampled_from([BERLIN, LORD_HOWE, KATHMANDU]),
    interval_seconds=st.sampled_from([60, 420, 3600, 50_000]),
    active_hours=st.sampled_from([(), (OFFICE,), (NIGHT, WHOLE_SUNDAY)]),
)
MOMENTS = st.sampled_from(
    [at("2026-03-28T20:00"), at("2026-10-24T23:13"), at("2026-04-04T10:59"), at("2026-11-01T01:30")]
)


@settings(deadline=None)
@given(timetable=TIMETABLES, after=MOMENTS, minutes=st.integers(0, 2000))
def test_the_last_moment_and_the_count_are_those_of_the_list(
    timetable: Timetable, after: datetime, minutes: int
) -> None:
    until = after + timedelta(minutes=minutes)
    moments = list(takewhile(lambda one: one <= until, moments_after(timetable, after)))
    assert list(moments_after(timetable, after, until)) == moments
    assert last_moment(timetable, after, until) == (moments[-1] if moments else None)
    assert count_moments(timetable, after, until) == len(moments)
    assert all(earlier < later for earlier, later in pairwise(moments))


@given(
    cron=st.sampled_from(["*/7 * * * *", "5 4 * * *", "0 0 1,15 * WED", "59 23 L * *"]),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001  # taken as UTC
)
def test_where_clocks_never_change_a_cron_is_read_as_it_stands(cron: str, after: datetime) -> None:
    expected = list(islice(CronSim(cron, after.replace(tzinfo=UTC)), 5))
    assert next_moments(Timetable("UTC", cron=cron), after.replace(tzinfo=UTC), 5) == expected
