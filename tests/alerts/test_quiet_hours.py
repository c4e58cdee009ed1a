"""When quiet hours end, by table: over midnight, over changes of clocks, where hours touch."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cloud.alerts.quiet_hours import QuietHours, quiet_until
from cloud.kit.weekly_hours import DAYS

BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"


def hours(begin: str, end: str, zone: str = BERLIN, days: tuple[str, ...] = DAYS) -> dict[str, Any]:
    return {"days": list(days), "from": begin, "to": end, "time_zone": zone}


NIGHT = hours("22:00", "06:00")
WEEKEND = hours("00:00", "24:00", days=("sat", "sun"))
FRIDAY_NIGHT = hours("22:00", "06:00", days=("fri",))


def at(text: str, zone: str = BERLIN) -> datetime:
    """`*` for the second time that the clock shows it."""
    wall = datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=ZoneInfo(zone))
    return wall.replace(fold=int(text.endswith("*"))).astimezone(UTC)


@pytest.mark.parametrize(
    ("chosen", "now", "until"),
    [
        ([], "2026-11-23T03:00", None),
        ([NIGHT], "2026-11-23T21:59:59", None),
        ([NIGHT], "2026-11-23T22:00", "2026-11-24T06:00"),
        ([NIGHT], "2026-11-24T05:59:59", "2026-11-24T06:00"),
        ([NIGHT], "2026-11-24T06:00", None),
        ([FRIDAY_NIGHT], "2026-11-28T05:00", "2026-11-28T06:00"),
        ([FRIDAY_NIGHT], "2026-11-27T05:00", None),
        ([WEEKEND], "2026-11-28T00:00", "2026-11-30T00:00"),
        ([NIGHT, WEEKEND], "2026-11-27T23:00", "2026-11-30T06:00"),
        (
            [hours("08:00", "12:00"), hours("12:00", "13:00")],
            "2026-11-23T09:00",
            "2026-11-23T13:00",
        ),
        ([NIGHT], "2026-03-28T23:00", "2026-03-29T06:00"),
        ([hours("22:00", "02:30")], "2026-03-28T23:00", "2026-03-29T03:00"),
        ([hours("22:00", "02:30")], "2026-10-24T23:00", "2026-10-25T02:30"),
        ([hours("22:00", "02:30")], "2026-10-25T02:10*", "2026-10-25T02:30*"),
        ([hours("02:15", "02:45")], "2026-10-25T02:50", None),
        ([hours("22:00", "06:00", TOKYO)], "2026-11-23T15:00", "2026-11-23T22:00"),
    ],
)
def test_the_end_of_the_quiet(chosen: list[dict[str, Any]], now: str, until: str | None) -> None:
    found = quiet_until(map(QuietHours.read, chosen), at(now))
    assert found == (at(until) if until else None)


def test_a_night_over_a_change_of_clocks_is_as_long_as_it_is() -> None:
    begun = [at("2026-03-28T22:00"), at("2026-10-24T22:00")]
    found = [quiet_until([QuietHours.read(NIGHT)], evening) for evening in begun]
    hours_of = [(end or begin) - begin for end, begin in zip(found, begun, strict=True)]
    assert [each.total_seconds() / 3600 for each in hours_of] == [7, 9]


def test_hours_without_end_are_looked_at_again_in_a_while() -> None:
    now = at("2026-11-23T09:00")
    found = quiet_until([QuietHours.read(hours("00:00", "24:00"))], now)
    assert found is not None
    assert 7 <= (found - now).days <= 14


@pytest.mark.parametrize("kept", [NIGHT, WEEKEND, hours("00:05", "23:59", TOKYO)])
def test_it_is_shown_as_it_was_chosen(kept: dict[str, Any]) -> None:
    assert QuietHours.read(kept).document == kept
