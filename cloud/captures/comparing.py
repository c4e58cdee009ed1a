"""What a capture is compared with: the last picture before it of what is normal there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select, tuple_

from cloud.captures.models import Capture, DispositionVerdict, State
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Reference:
    """A capture of the same camera. `is_said`: somebody called it normal, no model alone."""

    record_id: UUID
    captured_at: datetime
    is_said: bool


async def find_reference(work: OrganizationWork, capture: Any) -> Reference | None:
    """The last before a capture, or a row of one, that somebody called normal.

    Where nobody has, the last that was judged normal. Only full pictures count, and nothing that
    somebody objected to. None where there is none.
    """
    said = Capture.disposition == DispositionVerdict.NORMAL
    judged = Capture.state == State.NORMAL
    undisputed = or_(Capture.disposition.is_(None), said)
    if found := (await work.execute(_before(work, capture).where(said))).first():
        return _reference(found, is_said=True)
    if found := (await work.execute(_before(work, capture).where(judged, undisputed))).first():
        return _reference(found, is_said=False)
    return None


def _before(work: OrganizationWork, capture: Any) -> Select[UUID, datetime]:
    return (
        select(Capture.id, Capture.captured_at)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == capture.device_id,
            tuple_(Capture.captured_at, Capture.id) < tuple_(capture.captured_at, capture.id),
            Capture.image_stored,
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(1)
    )


def _reference(found: Row[UUID, datetime], *, is_said: bool) -> Reference:
    return Reference(found.id, found.captured_at, is_said)
