"""How punctually a schedule asks: the spread that keeps a fleet apart, the grace for what is late.

All pure: decisions from a schedule's timetable and the time.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from cloud.triggers.timetable import SECOND, Timetable, last_moment, moments_after, next_moment

MOST_SPREAD = timedelta(seconds=15)
SPREAD_OF_GAP = 0.25
"""Neither does the spread take more of the time to the next moment."""

GRACE = timedelta(seconds=60)
"""So late a picture is still asked for; beyond it the moment was missed."""

LOOKED_AT_EVERY = timedelta(hours=1)
"""At the longest, however far the next moment is: clocks are set, in both directions."""


MOST_COUNTED = 1000
"""Of missed moments: nobody looks for as long as months, and some schedules ask every 7 seconds."""


@dataclass(frozen=True)
class Settlement:
    """What becomes of the moments that passed since the last look.

    The newest is asked for while that is not too late, and missed after. Those before it are all
    missed: `passed_over` counts them, up to one more than `MOST_COUNTED`, and only the newest of
    what was missed is written down.
    """

    due: datetime | None = None
    missed: datetime | None = None
    passed_over: int = 0


def spread_of(schedule_id: UUID, timetable: Timetable) -> timedelta:
    """How long after its moments a schedule asks: always the same, and unlike that of others."""
    return zlib.crc32(schedule_id.bytes) / 2**32 * most_spread(timetable)


def most_spread(timetable: Timetable) -> timedelta:
    """What no schedule of such times takes for its spread."""
    return min(MOST_SPREAD, SPREAD_OF_GAP * timetable.shortest_gap)


def settle(
    timetable: Timetable, settled_until: datetime, now: datetime, spread: timedelta
) -> Settlement:
    """What passed between the last look and this one."""
    until = now - spread
    newest = last_moment(timetable, settled_until, until)
    if newest is None:
        return Settlement()
    if until - newest > GRACE:
        return Settlement(missed=newest, passed_over=_count(timetable, settled_until, newest))
    missed = last_moment(timetable, settled_until, newest - SECOND)
    before = _count(timetable, settled_until, missed) if missed else 0
    return Settlement(due=newest, missed=missed, passed_over=before)


def _count(timetable: Timetable, after: datetime, before: datetime) -> int:
    """How many moments lie between, but one more than is counted where there are still more."""
    between = moments_after(timetable, after, before - SECOND)
    return sum(1 for _ in islice(between, MOST_COUNTED + 1))


def next_look(timetable: Timetable, now: datetime, spread: timedelta) -> datetime:
    """When the schedule is to be looked at again: at its next moment, by the clock as it is now.

    Where the clock was set back, that moment may have been asked for already; it is known by its
    time, and asked for once.
    """
    moment = next_moment(timetable, now - spread)
    latest = now + LOOKED_AT_EVERY
    return latest if moment is None else min(latest, moment + spread)
