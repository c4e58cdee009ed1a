"""The strip of a day over a camera's gallery: when there were captures, and what was said of them.

Each hour is a link to its captures, and shows them by parts of five minutes: what was normal rises
from the foot by its share, everything else hangs from the top by its own, and never vanishes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from uuid import UUID

from cloud.captures.days import DayPart, list_parts
from cloud.kit.database import OrganizationWork
from cloud.web.looks import Look, look_of_shown

PART = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PARTS_OF_HOUR = HOUR // PART
FIRST = date(2000, 1, 1)
"""No camera is older, and arithmetic with the calendar's first day has no yesterday."""

NORMAL = "normal"
FROM_TOP = ("abnormal", "uncertain", "failed", "pending")
HEIGHT, HALF, LEAST = 40, 20, 4
"""Of a part, of the whole share of what is normal or is not, and of the smallest share."""


@dataclass(frozen=True)
class Mark:
    """What one look has of an hour: an SVG path, a part wide is 1 and all of it `HEIGHT` high."""

    look: Look
    path: str


@dataclass(frozen=True)
class Hour:
    """An hour of the reader's clock. `states` counts its captures by what was said of them."""

    from_: datetime
    to: datetime
    states: Mapping[str, int]
    marks: Sequence[Mark]

    @property
    def words(self) -> str:
        return f"{self.from_:%H:%M} to {self.to:%H:%M}: {say_states(self.states)}"


@dataclass(frozen=True)
class DayStrip:
    """One day of the reader's zone. `after` is None on the reader's today."""

    day: date
    before: date
    after: date | None
    hours: Sequence[Hour]

    @property
    def words(self) -> str:
        total: Counter[str] = Counter()
        for hour in self.hours:
            total.update(hour.states)
        return say_states(total)


async def read_day_strip(
    work: OrganizationWork, row_id: UUID, day: date | None, zone: tzinfo, now: datetime
) -> DayStrip:
    """The strip of a camera's day; of today where none is named, or one that is yet to come."""
    today = now.astimezone(zone).date()
    day = max(FIRST, min(day or today, today))
    start, end = midnight(day, zone), midnight(day + DAY, zone)
    parts = await list_parts(work, row_id, start, end, PART)
    return DayStrip(
        day=day,
        before=day - DAY,
        after=day + DAY if day < today else None,
        hours=list(draw_hours(parts, start, end, zone)),
    )


def draw_hours(
    parts: Iterable[DayPart], start: datetime, end: datetime, zone: tzinfo
) -> Iterator[Hour]:
    """Every hour of the span, those without a capture too."""
    of_hours = {
        hour: list(those)
        for hour, those in groupby(parts, key=lambda part: part.place // PARTS_OF_HOUR)
    }
    for number in range(-(-(end - start) // HOUR)):
        inside = of_hours.get(number, [])
        states: Counter[str] = Counter()
        for part in inside:
            states.update(part.states)
        from_ = start + number * HOUR
        yield Hour(
            from_.astimezone(zone), min(from_ + HOUR, end).astimezone(zone), states, _draw(inside)
        )


def say_states(states: Mapping[str, int]) -> str:
    """How many captures, and how many of them need a look: `45 captures, 3 abnormal`."""
    captures = sum(states.values())
    if not captures:
        return "no capture"
    told = [f"{captures} capture" + ("s" if captures > 1 else "")]
    told += [
        f"{states[state]} {look_of_shown(state).word.lower()}"
        for state in FROM_TOP
        if states.get(state)
    ]
    return ", ".join(told) if len(told) > 1 else f"{told[0]}, normal"


def _draw(parts: Iterable[DayPart]) -> Sequence[Mark]:
    """A path for each look, over all parts of an hour."""
    bars: dict[str, list[str]] = {}
    for part in parts:
        total = sum(part.states.values())
        top = 0.0
        for state in (*FROM_TOP, NORMAL):
            if not (captures := part.states.get(state)):
                continue
            height = max(LEAST, round(HALF * captures / total, 1))
            y = HEIGHT - height if state == NORMAL else top
            top += height
            x = part.place % PARTS_OF_HOUR
            bars.setdefault(state, []).append(f"M{x} {y:g}h1v{height:g}h-1z")
    return [Mark(look_of_shown(state), "".join(paths)) for state, paths in bars.items()]


def midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins there, in UTC: days with a change of clocks are not 24 hours long."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
