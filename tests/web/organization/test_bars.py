"""Figures as bars."""

from datetime import date
from decimal import Decimal

from cloud.evaluation.budget.usage import Days
from cloud.web.organization.bars import Bar, bars_by_day, share_of_largest

DAYS = Days(date(2026, 11, 28), date(2026, 12, 1))


def test_every_day_has_a_bar_as_high_as_its_part_of_the_largest() -> None:
    used = [
        {"day": "2026-11-29", "cost_usd": Decimal("0.50")},
        {"day": "2026-12-01", "cost_usd": Decimal("2.00")},
    ]
    assert bars_by_day(used, DAYS, "cost_usd") == [
        Bar(date(2026, 11, 28), 0, 0),
        Bar(date(2026, 11, 29), 0.5, 25),
        Bar(date(2026, 11, 30), 0, 0),
        Bar(date(2026, 12, 1), 2, 100),
    ]


def test_what_is_little_is_still_seen_and_what_is_nothing_is_not() -> None:
    used = [{"captures": 1}, {"captures": 100_000}, {"captures": 0}]
    assert [one["share"] for one in share_of_largest(used, "captures")] == [1.5, 100, 0]
    assert [one["share"] for one in share_of_largest([{"captures": 0}], "captures")] == [0]
