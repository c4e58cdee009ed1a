"""The strip of a day over a camera's gallery: when there were captures, and what was said of them.

Neighbouring parts with the same worst state are one stretch, and a stretch is a link to its
captures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID

from cloud.captures.days import DayPart, list_parts
from cloud.kit.database import OrganizationWork
from cloud.web.looks import Look, look_of_shown

PART = timedelta(minutes=15)
DAY = timedelta(days=1)
FIRST = date(2000, 1, 1)
"""No camera is older, and arithmetic with the calendar's first day has no yesterday."""


WORST_FIRST = ("abnormal", "uncertain", "failed", "pending", "normal")


@dataclass(frozen=True)
class Stretch:
    """Time with captures of one look. `x` and `width` are in parts."""

    x: int
    width: int
    from_: datetime
    to: datetime
    look: Look
    captures: int

    @property
    def clock(self) -> str:
        return f"{self.from_:%H:%M} to {self.to:%H:%M}"


@dataclass(frozen=True)
class DayStrip:
    """One day of the reader's zone, so many parts long. `after` is None on the reader's today."""

    day: date
    before: date
    after: date | None
    width: int
    stretches: Sequence[Stretch]


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
        width=round((end - start) / PART),
        stretches=join_parts(parts, start, zone),
    )


def join_parts(parts: Iterable[DayPart], start: datetime, zone: tzinfo) -> Sequence[Stretch]:
    """Parts beside each other that look the same, as one."""
    joined: list[Stretch] = []
    for part in parts:
        worst = next(state for state in WORST_FIRST if part.states.get(state))
        look, captures = look_of_shown(worst), sum(part.states.values())
        last = joined[-1] if joined else None
        if last is not None and last.look is look and last.x + last.width == part.place:
            joined[-1] = _stretch(
                start, zone, last.x, last.width + 1, look, last.captures + captures
            )
        else:
            joined.append(_stretch(start, zone, part.place, 1, look, captures))
    return joined


def _stretch(
    start: datetime, zone: tzinfo, x: int, width: int, look: Look, captures: int
) -> Stretch:
    from_, to = start + x * PART, start + (x + width) * PART
    return Stretch(x, width, from_.astimezone(zone), to.astimezone(zone), look, captures)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins there, in UTC: days with a change of clocks are not 24 hours long."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
