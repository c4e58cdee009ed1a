"""How much of each of its last days a camera was watched, and why not for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from cloud.kit.database import OrganizationWork
from cloud.kit.wall_clock import moments_at
from cloud.watch.digest.days import Span
from cloud.watch.digest.gaps import Change, Gap, find_gaps, read_changes

DAY = timedelta(days=1)


@dataclass(frozen=True)
class WatchedDay:
    """A calendar day. `share`, of 0..1, is None where the camera was not here that day."""

    day: date
    share: float | None
    gaps: Sequence[Gap]


async def read_watched_days(
    work: OrganizationWork, device_id: UUID, since: datetime, days: Sequence[Span]
) -> list[WatchedDay]:
    """The days of the camera behind a row's id, which is here `since` then."""
    whole = Span(days[-1].day, days[0].begin, days[-1].end)
    changes = (await read_changes(work, [device_id], whole))[device_id]
    return [find_watched(changes, day, since=since) for day in days]


def find_watched(changes: Sequence[Change], span: Span, *, since: datetime) -> WatchedDay:
    """What is known of a day; rest as ordered counts as watched, what nobody knows does not."""
    lasted = span.end - max(span.begin, since)
    if lasted <= timedelta():
        return WatchedDay(span.day, None, ())
    gaps = find_gaps(changes, span, since=since)
    missed = sum((gap.lasted(span) for gap in gaps), start=timedelta())
    return WatchedDay(span.day, 1 - missed / lasted, gaps)


def calendar_days(now: datetime, zone: ZoneInfo, count: int) -> list[Span]:
    """The last calendar days, from midnight to midnight; the last one is today until now."""
    today = now.astimezone(zone).date()
    firsts = [today - (count - 1 - number) * DAY for number in range(count)]
    return [Span(day, _midnight(day, zone), min(now, _midnight(day + DAY, zone))) for day in firsts]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return moments_at(datetime.combine(day, time()), zone)[0]
