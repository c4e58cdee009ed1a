"""How many captures every camera brought in the last 24 hours, without counting them all anew.

An hour that is over hardly ever changes, so each process remembers what it counted there. What has
changed all the same the organization's event log tells: a capture that came, was judged or was
deleted is an event that says when it was taken, and from the hour of the oldest such event on
everything is counted again. A capture that waits to be judged once more stays counted as judged.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from cloud.events.queries import last_seq
from cloud.kit.database import OrganizationWork

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

MOST_ORGANIZATIONS = 500
"""The organizations whose counts are remembered: those whose pages were looked at last."""

MOST_NEWS = 5000
"""After more events than this, reading them would cost as much as counting."""


class Counts(NamedTuple):
    """Of the captures of one camera."""

    received: int
    evaluated: int
    abnormal: int


NOTHING = Counts(0, 0, 0)

Hours = Mapping[datetime, Mapping[UUID, Counts]]
"""By the hour's beginning, then by the id of the device's row."""


@dataclass(frozen=True)
class Memory:
    """What was counted of the hours before `known_until`, as of the event numbered `seq`."""

    seq: int
    known_until: datetime
    hours: Hours


class DayCounts:
    """One process's memory. It is never needed: whoever has none counts."""

    def __init__(self) -> None:
        self._memories: OrderedDict[UUID, Memory] = OrderedDict()

    async def read(self, work: OrganizationWork, now: datetime) -> Mapping[UUID, Counts]:
        """The counts by the id of the device's row; a camera without captures is not there."""
        seq, memory = await self._recall(work)  # first: what is told later is counted next time
        first_whole_hour = floor_hour(now - DAY) + HOUR
        known_until = max(first_whole_hour, memory.known_until if memory else first_whole_hour)
        counted = await _count(work, now, first_whole_hour, known_until)
        kept = {
            hour: counts
            for hour, counts in (memory.hours.items() if memory else ())
            if first_whole_hour <= hour < known_until
        }
        over = {h: counts for h, counts in counted.items() if known_until <= h < floor_hour(now)}
        self._remember(work, Memory(seq, floor_hour(now), MappingProxyType({**kept, **over})))
        return _sum([*kept.values(), *counted.values()])

    async def _recall(self, work: OrganizationWork) -> tuple[int, Memory | None]:
        """The number of the last event, what is remembered, and until when that is still true."""
        memory = self._memories.get(work.organization_id)
        if memory is None:
            return await last_seq(work), None
        values = {"organization_id": work.organization_id, "after": memory.seq, "most": MOST_NEWS}
        seq, changed = (await work.execute(NEWS, values)).one()
        if not 0 <= seq - memory.seq <= MOST_NEWS:
            return seq, None
        if changed is None:
            return seq, memory
        return seq, Memory(memory.seq, min(memory.known_until, floor_hour(changed)), memory.hours)

    def _remember(self, work: OrganizationWork, memory: Memory) -> None:
        self._memories[work.organization_id] = memory
        self._memories.move_to_end(work.organization_id)
        if len(self._memories) > MOST_ORGANIZATIONS:
            self._memories.popitem(last=False)


def floor_hour(moment: datetime) -> datetime:
    """The beginning of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


async def _count(
    work: OrganizationWork, now: datetime, first_whole_hour: datetime, known_until: datetime
) -> dict[datetime, dict[UUID, Counts]]:
    """Of the hour that is leaving the day, and of what is not known, from `known_until` on."""
    values = {
        "organization_id": work.organization_id,
        "begin": now - DAY,
        "first_whole_hour": first_whole_hour,
        "known_until": known_until,
        "end": now + DAY,
    }
    hours: dict[datetime, dict[UUID, Counts]] = defaultdict(dict)
    for row in await work.execute(COUNT, values):
        hours[row.hour][row.device_id] = Counts(row.received, row.evaluated, row.abnormal)
    return hours


def _sum(hours: Iterable[Mapping[UUID, Counts]]) -> dict[UUID, Counts]:
    sums: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0])
    for counts in hours:
        for device_id, (received, evaluated, abnormal) in counts.items():
            sum_of_one = sums[device_id]
            sum_of_one[0] += received
            sum_of_one[1] += evaluated
            sum_of_one[2] += abnormal
    return {device_id: Counts(*sum_of_one) for device_id, sum_of_one in sums.items()}


COUNT = text("""
SELECT device_id, date_trunc('hour', captured_at, 'UTC') AS hour,
       count(*) AS received,
       count(*) FILTER (WHERE evaluation_status = 'completed') AS evaluated,
       count(*) FILTER (WHERE state = 'abnormal') AS abnormal
FROM (
  SELECT device_id, captured_at, evaluation_status, state FROM captures
  WHERE organization_id = :organization_id AND deleted_at IS NULL
    AND captured_at > :begin AND captured_at < :first_whole_hour
  UNION ALL
  SELECT device_id, captured_at, evaluation_status, state FROM captures
  WHERE organization_id = :organization_id AND deleted_at IS NULL
    AND captured_at >= :known_until AND captured_at <= :end
) AS counted
GROUP BY 1, 2
""")

NEWS = text("""
SELECT
  coalesce((SELECT last_seq FROM event_counters WHERE organization_id = :organization_id), 0),
  (SELECT min(CAST(data->>'captured_at' AS timestamptz)) FROM events
   WHERE organization_id = :organization_id
     AND seq > :after AND seq <= CAST(:after AS bigint) + :most AND kind LIKE 'capture.%')
""")
"""The number of the last event, and when the oldest capture that was told of since was taken."""
