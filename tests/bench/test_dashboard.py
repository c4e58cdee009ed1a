"""The measure of the dashboard: it looks at real pages, and says what is over its bar."""

import json
import sys
from dataclasses import replace
from typing import Any

import pytest

from bench.dashboard import BARS, Report, main

GOOD = Report(
    server_cold_ms=80,
    server_p50_ms=30,
    server_p95_ms=50,
    server_cpu_ms=25,
    database_cpu_ms=5,
    first_visit_kilobytes=100,
    largest_paint_ms=600,
    blocked_ms=20,
    layout_shift=0,
    second_visit_pictures=0,
    second_visit_ms=300,
    live_p50_seconds=0.3,
    live_worst_seconds=0.6,
    cards_read_by_others=990,
)


def test_what_is_over_its_bar_is_named() -> None:
    assert GOOD.broken == []
    for name, bar in BARS.items():
        at_the_bar: dict[str, Any] = {name: bar}
        over_it: dict[str, Any] = {name: bar * 1.01 + 0.001}
        assert replace(GOOD, **at_the_bar).broken == []
        assert replace(GOOD, **over_it).broken == [name]


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_short_run_measures_real_pages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = "--cameras 4 --captures 60 --requests 5 --visits 1 --streams 3 --verdicts 2 --json"
    monkeypatch.setattr(sys, "argv", ["dashboard", *small.split()])
    main()
    printed = capsys.readouterr().out
    report = json.loads(printed[printed.index("{") :])
    assert report["server_p50_ms"] > 0
    assert 50 < report["first_visit_kilobytes"] < 150
    assert report["largest_paint_ms"] > 0
    assert report["second_visit_pictures"] == 0
    assert report["cards_read_by_others"] == 3 * 2 * 2
