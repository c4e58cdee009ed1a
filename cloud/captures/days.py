"""A stretch of a camera's time in equal parts: how many captures each holds, and of which state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class DayPart:
    """The part at this place from the start, which is 0; parts without a capture are left out.

    `states` says how many captures there are of each: normal, abnormal, uncertain, failed, pending.
    """

    place: int
    states: dict[str, int]


async def list_parts(
    work: OrganizationWork, device_id: UUID, start: datetime, end: datetime, each: timedelta
) -> Sequence[DayPart]:
    """The parts from `start` to before `end` that hold captures. `device_id` is the row's id."""
    values: dict[str, Any] = {
        "organization_id": work.organization_id,
        "device_id": device_id,
        "start": start,
        "end": end,
        "seconds": each.total_seconds(),
    }
    found: dict[int, dict[str, int]] = {}
    for row in await work.execute(PARTS, values):
        found.setdefault(row.place, {})[row.state] = row.captures
    return [DayPart(place, states) for place, states in sorted(found.items())]


PARTS = text("""
SELECT floor(extract(epoch FROM captured_at - :start) / :seconds)::int AS place,
       CASE evaluation_status
         WHEN 'completed' THEN state WHEN 'failed' THEN 'failed' ELSE 'pending' END AS state,
       count(*) AS captures
FROM captures
WHERE organization_id = :organization_id AND device_id = :device_id
  AND captured_at >= :start AND captured_at < :end AND deleted_at IS NULL
GROUP BY 1, 2
""")
