"""A camera's backlog against a real server, by the client's own code."""

from dataclasses import replace

import pytest

from bench.flush import Report, Trial, run


def test_a_backlog_arrives_once_each_while_live_pictures_go_first() -> None:
    report = run(Trial(spooled=20, live=3, interval=1.0))
    assert (report.missing, report.duplicated) == (0, 0)
    assert report.live_p95 < 5


@pytest.mark.long
def test_neither_login_pages_nor_lost_answers_cost_or_double_a_picture() -> None:
    report = run(Trial(spooled=20, dropped=0.3, login_pages=15, hurried=True))
    assert report.pages_shown == 15
    assert report.answers_dropped > 0
    assert (report.missing, report.duplicated, report.deleted_for_pages) == (0, 0, 0)


KEPT = Report(
    missing=0,
    duplicated=0,
    pages_shown=0,
    answers_dropped=0,
    deleted_for_pages=0,
    flushed_after=600.0,
    live_p95=5.0,
)


@pytest.mark.parametrize(
    "wrong", ["missing", "duplicated", "deleted_for_pages", "flushed_after", "live_p95"]
)
def test_one_figure_out_of_bounds_breaks_the_promise(wrong: str) -> None:
    assert KEPT.is_kept
    assert not replace(KEPT, **{wrong: getattr(KEPT, wrong) + 1}).is_kept


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_a_day_without_a_network_arrives_within_ten_minutes() -> None:
    report = run(Trial(spooled=1440, live=60))
    assert report.is_kept, report


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_day_arrives_once_through_a_hundred_login_pages_and_lost_answers() -> None:
    report = run(Trial(spooled=1440, dropped=0.3, login_pages=100, hurried=True))
    assert report.is_kept, report
    assert report.pages_shown == 100
