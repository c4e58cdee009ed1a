"""Drawings of figures: light, without a script, and readable without eyes."""

import gzip
import re
from datetime import date, timedelta

from cloud.evaluation.budget.usage import Days
from cloud.watch.error_rates import Rate
from cloud.web.organization.bars import bars_by_day
from cloud.web.rendering import make_pages
from tests.web.documents import frame

MOST_BYTES = 3_000
QUARTER = Days(date(2026, 1, 1), date(2026, 3, 31))
BARS = """
{% from "parts/chart.html" import day_bars with context %}
{% call(bar) day_bars("Captures by day", bars) %}{{ bar.value }}{% endcall %}
"""
RANGE = """
{% from "parts/chart.html" import share_range with context %}{{ share_range("Misses", rate) }}
"""


def draw(source: str, **values: object) -> str:
    return make_pages().environment.from_string(source).render(frame=frame(), **values)


def test_a_quarter_of_bars_is_named_and_light() -> None:
    used = [
        {"day": (QUARTER.first + timedelta(days=number)).isoformat(), "captures": number * 7 % 97}
        for number in range(90)
    ]
    drawn = draw(BARS, bars=bars_by_day(used, QUARTER, "captures"))
    assert len(gzip.compress(drawn.encode())) < MOST_BYTES
    assert drawn.count("<title>") == 90
    assert "<title>3 Jan: 14.0</title>" in drawn
    assert (
        'role="img" aria-label="Captures by day; the same figures are in the table below"' in drawn
    )
    assert "highest: 96.0" in drawn


def test_days_without_anything_have_no_highest() -> None:
    assert "highest" not in draw(BARS, bars=bars_by_day([], QUARTER, "captures"))


def test_a_share_is_drawn_within_its_interval_and_said_with_it() -> None:
    drawn = draw(RANGE, rate=Rate.of(0, 10))
    sure = re.search(r'range-sure" x="([\d.]+)" width="([\d.]+)"', drawn)
    assert sure is not None
    assert (float(sure[1]), round(float(sure[2]))) == (0, 28)
    assert "Misses: 0\N{NO-BREAK SPACE}%, with 95 % sureness 0" in drawn
    certain = draw(RANGE, rate=Rate.of(5, 5))
    assert 'range-share" x="99" ' in certain or 'range-share" x="99.0" ' in certain
