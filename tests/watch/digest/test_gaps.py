from datetime import UTC, date, datetime, timedelta

from cloud.watch.digest.days import Span
from cloud.watch.digest.gaps import Change, find_gaps
from cloud.watch.truth import Watching, WatchReason

END = datetime(2026, 11, 23, 7, tzinfo=UTC)
BEGIN = END - timedelta(days=1)
SPAN = Span(date(2026, 11, 23), BEGIN, END)
LONG_AGO = BEGIN - timedelta(days=30)

JUDGED = (Watching.WATCHING, WatchReason.JUDGED)
SILENT = (Watching.NOT_WATCHING, WatchReason.SILENT)
LATE = (Watching.DEGRADED, WatchReason.SILENT)
RESTING = (Watching.NOT_WATCHING, WatchReason.OUTSIDE_HOURS)
LEARNING = (Watching.DEGRADED, WatchReason.LEARNING)
PAUSED = (Watching.NOT_WATCHING, WatchReason.PAUSED)


def at(hour: float) -> datetime:
    return BEGIN + timedelta(hours=hour)


def gaps_of(
    *changes: tuple[float, tuple[Watching, WatchReason]], since: datetime = LONG_AGO
) -> list[tuple[str, float, float | None]]:
    """Code, first and last hour of each gap, counted from the day's beginning."""
    known = [Change(at(hour), state, code, "") for hour, (state, code) in changes]
    return [
        (gap.code, hours(gap.begin), None if gap.end is None else hours(gap.end))
        for gap in find_gaps(known, SPAN, since=since)
    ]


def hours(moment: datetime) -> float:
    return (moment - BEGIN) / timedelta(hours=1)


def test_a_camera_that_was_watched_all_day_has_no_gap() -> None:
    assert gaps_of((-5, JUDGED)) == []


def test_a_gap_is_named_with_its_cause_from_beginning_to_end() -> None:
    assert gaps_of((-5, JUDGED), (3, LATE), (4, SILENT), (6, JUDGED)) == [("silent", 4, 6)]


def test_a_gap_that_began_the_day_before_counts_from_the_days_beginning() -> None:
    assert gaps_of((-5, SILENT), (2, JUDGED)) == [("silent", 0, 2)]


def test_a_gap_that_lasts_has_no_end() -> None:
    assert gaps_of((-5, JUDGED), (20, SILENT)) == [("silent", 20, None)]


def test_gaps_of_one_cause_that_touch_are_one_and_others_are_not() -> None:
    found = gaps_of((-1, JUDGED), (1, SILENT), (2, SILENT), (3, PAUSED), (5, JUDGED))
    assert found == [("silent", 1, 3), ("paused", 3, 5)]


def test_rest_as_ordered_is_no_gap_but_watching_without_a_measure_is() -> None:
    assert gaps_of((-1, RESTING), (8, JUDGED)) == []
    assert gaps_of((-1, LEARNING), (8, JUDGED)) == [("learning", 0, 8)]


def test_what_nobody_knows_is_no_proof() -> None:
    assert gaps_of() == [("unknown", 0, None)]
    assert gaps_of((3, JUDGED)) == [("unknown", 0, 3)]


def test_before_it_was_there_a_camera_misses_nothing() -> None:
    assert gaps_of((10, SILENT), (11, JUDGED), since=at(10)) == [("silent", 10, 11)]


def test_what_changes_after_the_day_is_not_of_it() -> None:
    assert gaps_of((-1, JUDGED), (25, SILENT)) == []
    assert gaps_of((-1, SILENT), (25, JUDGED)) == [("silent", 0, None)]
