"""Figures as bars: how high each is beside the largest. Drawn as SVG, told in a table as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cloud.evaluation.budget.usage import Days

FULL = 100
"""The height of the highest bar, in units of the drawing."""

LEAST = 1.5
"""Of what is not nothing, so that it is seen."""


@dataclass(frozen=True)
class Bar:
    """One day. `height` is of `FULL`."""

    day: date
    value: float
    height: float


def bars_by_day(used: Sequence[Mapping[str, Any]], days: Days, measure: str) -> list[Bar]:
    """A bar for every day, also where nothing was used."""
    values = {one["day"]: float(one[measure]) for one in used}
    count = (days.last - days.first).days + 1
    largest = max(values.values(), default=0)
    every = [days.first + timedelta(days=number) for number in range(count)]
    return [_bar(day, values.get(day.isoformat(), 0), largest) for day in every]


def share_of_largest(used: Sequence[Mapping[str, Any]], measure: str) -> list[dict[str, Any]]:
    """The same figures, each with its `share` of `FULL`."""
    largest = max((float(one[measure]) for one in used), default=0)
    return [{**one, "share": _scale(float(one[measure]), largest)} for one in used]


def _bar(day: date, value: float, largest: float) -> Bar:
    return Bar(day, value, _scale(value, largest))


def _scale(value: float, largest: float) -> float:
    if value <= 0 or largest <= 0:
        return 0
    return round(max(LEAST, FULL * value / largest), 2)
