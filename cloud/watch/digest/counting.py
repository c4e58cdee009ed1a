"""What a day brought from each camera: pictures that came, were judged, and what was said of them.

A picture belongs to the day on which it was taken, as far as that can be believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from cloud.alerts.history import picture_taken_at
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.kit.database import OrganizationWork
from cloud.watch.digest.days import DAY, Span


@dataclass(frozen=True)
class Counts:
    """`waiting` are still to be judged. What failed was not judged, with a stated reason."""

    received: int = 0
    judged: int = 0
    failed: int = 0
    abnormal: int = 0
    uncertain: int = 0

    @property
    def waiting(self) -> int:
        return self.received - self.judged - self.failed

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in COUNTED))


COUNTED = tuple(Counts.__dataclass_fields__)


async def count_captures(
    work: OrganizationWork, device_ids: Sequence[UUID], span: Span
) -> dict[UUID, Counts]:
    """The day's counts of each of these cameras."""
    status, state = Capture.evaluation_status, Capture.state
    rows = await work.execute(
        select(
            Capture.device_id,
            func.count().label("received"),
            func.count().filter(status == EvaluationStatus.COMPLETED).label("judged"),
            func.count().filter(status == EvaluationStatus.FAILED).label("failed"),
            func.count().filter(state == State.ABNORMAL).label("abnormal"),
            func.count().filter(state == State.UNCERTAIN).label("uncertain"),
        )
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id.in_(device_ids),
            Capture.deleted_at.is_(None),
            Capture.captured_at > span.begin,
            Capture.captured_at <= span.end + DAY,
            picture_taken_at > span.begin,
            picture_taken_at <= span.end,
        )
        .group_by(Capture.device_id)
    )
    found = {row.device_id: Counts(*row[1:]) for row in rows}
    return {device_id: found.get(device_id, Counts()) for device_id in device_ids}
