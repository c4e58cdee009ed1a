"""Asking for a verdict again, and the operator's word on one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.captures.documents import capture_document
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture, DispositionVerdict, EvaluationStatus
from cloud.captures.queries import get_capture
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict


async def dispose(
    work: OrganizationWork,
    who: Person,
    record_id: UUID,
    verdict: DispositionVerdict,
    remark: str | None,
) -> Capture:
    """Write the operator's word down. Raises NotFound."""
    capture = await get_capture(work, record_id, lock=True)
    _write(capture, who, verdict, remark)
    note(work, who, "capture.disposed", str(record_id), verdict=verdict)
    await _tell(work, capture)
    return capture


async def undo_disposition(work: OrganizationWork, who: Person, record_id: UUID) -> Capture:
    """Take the operator's word back. Raises NotFound."""
    capture = await get_capture(work, record_id, lock=True)
    _write(capture, who, None, None)
    note(work, who, "capture.disposition_undone", str(record_id))
    await _tell(work, capture)
    return capture


async def dispose_all(
    work: OrganizationWork,
    who: Person,
    record_ids: Sequence[UUID],
    verdict: DispositionVerdict | None,
) -> int:
    """One word on several captures, or none any more; how many there were.

    Unknown ids are passed over.
    """
    captures = (
        await work.session.scalars(
            select(Capture)
            .where(
                Capture.organization_id == work.organization_id,
                Capture.deleted_at.is_(None),
                Capture.id.in_(record_ids),
            )
            .order_by(Capture.id)
            .with_for_update()
        )
    ).all()
    for capture in captures:
        _write(capture, who, verdict, None)
    note(work, who, "captures.disposed", count=len(captures), verdict=verdict)
    for capture in captures:
        await _tell(work, capture)
    return len(captures)


async def reevaluate(work: OrganizationWork, who: Person, record_id: UUID) -> Capture:
    """Judge once more. Raises NotFound, and Conflict while it is still being judged."""
    capture = await get_capture(work, record_id, lock=True)
    if capture.evaluation_status in {EvaluationStatus.PENDING, EvaluationStatus.PROCESSING}:
        raise Conflict("evaluation_running", "This capture is being judged already.")
    if not capture.image_stored:
        raise Conflict("image_missing", "The full picture of this capture is no longer stored.")
    capture.evaluation_status = EvaluationStatus.PENDING
    await EVALUATIONS.put(work, record_id, work.organization_id)
    note(work, who, "capture.reevaluation_asked", str(record_id))
    await _tell(work, capture)
    return capture


def _write(
    capture: Capture, who: Person, verdict: DispositionVerdict | None, remark: str | None
) -> None:
    capture.disposition = verdict
    capture.disposition_note = remark or None
    capture.disposition_by = who.email if verdict else None
    capture.disposition_at = utc_now() if verdict else None


async def _tell(work: OrganizationWork, capture: Capture) -> None:
    await work.flush()
    await append(
        work, EventKind.CAPTURE_EVALUATED, capture_document(capture), device_id=capture.unit_id
    )
