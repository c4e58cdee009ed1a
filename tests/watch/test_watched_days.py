"""How much of a day a camera was watched."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cloud.watch.digest.days import Span
from cloud.watch.digest.gaps import Change
from cloud.watch.truth import Watching, WatchReason
from cloud.watch.watched_days import calendar_days, find_watched

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
DAY = Span(BEGIN.date(), BEGIN, BEGIN + timedelta(days=1))


def change(hour: float, state: Watching, code: WatchReason) -> Change:
    return Change(BEGIN + timedelta(hours=hour), state, code, "")


JUDGED = change(-9, Watching.WATCHING, WatchReason.JUDGED)
SILENT = change(6, Watching.NOT_WATCHING, WatchReason.SILENT)
RESTING = change(6, Watching.NOT_WATCHING, WatchReason.OUTSIDE_HOURS)
BACK = change(12, Watching.WATCHING, WatchReason.JUDGED)


@pytest.mark.parametrize(
    ("changes", "since", "share"),
    [
        ([JUDGED], -100, 1),
        ([JUDGED, SILENT, BACK], -100, 0.75),
        ([JUDGED, RESTING, BACK], -100, 1),
        ([SILENT, BACK], -100, 0.5),
        ([], -100, 0),
        ([BACK], 12, 1),
        ([], 24, None),
    ],
)
def test_only_what_is_known_to_be_watched_counts(
    changes: list[Change], since: float, share: float | None
) -> None:
    activated_at = BEGIN + timedelta(hours=since)
    assert find_watched(changes, DAY, since=activated_at).share == share


def test_days_are_those_of_the_zone_and_the_last_one_ends_now() -> None:
    now = datetime(2026, 10, 25, 12, tzinfo=UTC)
    days = calendar_days(now, BERLIN, 3)
    assert [day.day.day for day in days] == [23, 24, 25]
    assert days[1].end - days[1].begin == timedelta(hours=24)
    assert (days[2].begin, days[2].end) == (datetime(2026, 10, 24, 22, tzinfo=UTC), now)
