"""Which captures of a camera are known to be normal, and what a new one is compared with.

The operator's word comes first. Beside it stand verdicts: the newest few, and one of every hour and
a half over a day, so that the light of night and day is among them. They are counted back from the
newest normal one: a camera that was turned away must not become usual by waiting.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, text

from cloud.captures.models import Capture
from cloud.evaluation.scene.faults import FROZEN_FROM, Shot
from cloud.evaluation.scene.sights import KnownCapture
from cloud.kit.database import OrganizationWork


async def list_known(
    work: OrganizationWork, device_id: UUID, before: datetime
) -> tuple[Sequence[Shot], Sequence[KnownCapture]]:
    """What a picture taken at `before` is compared with.

    The newest captures taken before, as many as it takes to see that a camera is frozen, and the
    normal ones, at most 40.
    """
    values = {"organization_id": work.organization_id, "device_id": device_id, "before": before}
    shots, normal = await work.together((SHOTS, values), (NORMAL, values))
    return (
        [Shot(row.etag, row.captured_at) for row in shots],
        [KnownCapture(work.organization_id, row.id, row.received_at) for row in normal],
    )


SHOTS = (
    select(Capture.etag, Capture.captured_at)
    .where(
        Capture.organization_id == bindparam("organization_id"),
        Capture.device_id == bindparam("device_id"),
        Capture.captured_at < bindparam("before"),
        Capture.deleted_at.is_(None),
    )
    .order_by(Capture.captured_at.desc(), Capture.id.desc())
    .limit(FROZEN_FROM - 1)
)

NORMAL = text("""
WITH verdict AS (
  SELECT id, received_at, captured_at FROM captures
  WHERE organization_id = :organization_id AND device_id = :device_id
    AND captured_at < :before AND state = 'normal' AND deleted_at IS NULL
    AND (disposition IS NULL OR disposition = 'normal')
  ORDER BY captured_at DESC, id DESC LIMIT 8
)
(SELECT id, received_at FROM captures
 WHERE organization_id = :organization_id AND device_id = :device_id
   AND disposition = 'normal' AND deleted_at IS NULL
 ORDER BY captured_at DESC, id DESC LIMIT 16)
UNION
SELECT id, received_at FROM verdict
UNION
SELECT spread.id, spread.received_at
FROM (SELECT max(captured_at) AS captured_at FROM verdict) newest
CROSS JOIN generate_series(1, 16) AS step
CROSS JOIN LATERAL (
  SELECT id, received_at FROM captures
  WHERE organization_id = :organization_id AND device_id = :device_id
    AND captured_at < newest.captured_at - (step - 1) * interval '90 minutes'
    AND captured_at >= newest.captured_at - step * interval '90 minutes'
    AND state = 'normal' AND deleted_at IS NULL
    AND (disposition IS NULL OR disposition = 'normal')
  ORDER BY captured_at DESC, id DESC LIMIT 1
) spread
ORDER BY id
""")
