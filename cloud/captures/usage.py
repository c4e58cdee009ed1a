"""Counting what a device used, in the transaction that used it."""

from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import text

from cloud.kit.database import OrganizationWork
from cloud.kit.pipelines import Statement


class Used(TypedDict, total=False):
    """What is added; what is left out is 0."""

    captures: int
    evaluations: int
    ai_calls: int
    reused: int
    cost_usd: Decimal


async def count_usage(work: OrganizationWork, device_id: UUID, **used: Unpack[Used]) -> None:
    """Add to the device's row of today, as the organization's time zone has it."""
    await work.execute(*counting(work, device_id, **used))


def counting(work: OrganizationWork, device_id: UUID, **used: Unpack[Used]) -> Statement:
    """The statement of `count_usage`, to be sent together with others."""
    whose = {"organization_id": work.organization_id, "device_id": device_id}
    return COUNT, {**NOTHING, **used, **whose}


NOTHING = Used(captures=0, evaluations=0, ai_calls=0, reused=0, cost_usd=Decimal(0))

COUNT = text("""
INSERT INTO usage_days AS u
  (organization_id, device_id, day, captures, evaluations, ai_calls, reused, cost_usd)
SELECT o.id, :device_id, (now() AT TIME ZONE o.time_zone)::date,
       :captures, :evaluations, :ai_calls, :reused, :cost_usd
FROM organizations o WHERE o.id = :organization_id
ON CONFLICT (device_id, day) DO UPDATE SET
  captures = u.captures + excluded.captures,
  evaluations = u.evaluations + excluded.evaluations,
  ai_calls = u.ai_calls + excluded.ai_calls,
  reused = u.reused + excluded.reused,
  cost_usd = u.cost_usd + excluded.cost_usd
""")
