"""Counting what a device used, in the transaction that used it."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from cloud.kit.database import OrganizationWork


async def count_usage(
    work: OrganizationWork,
    device_id: UUID,
    *,
    captures: int = 0,
    evaluations: int = 0,
    ai_calls: int = 0,
    reused: int = 0,
    cost_usd: Decimal = Decimal(0),
) -> None:
    """Add to the device's row of today, as the organization's time zone has it."""
    await work.execute(
        COUNT,
        {
            "organization_id": work.organization_id,
            "device_id": device_id,
            "captures": captures,
            "evaluations": evaluations,
            "ai_calls": ai_calls,
            "reused": reused,
            "cost_usd": cost_usd,
        },
    )


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
