"""The Capture document: the one form in which a capture is shown, by the API, in events, on pages.

Times are datetimes here; they become RFC 3339 where the document is written as JSON.
"""

from typing import Any

from cloud.captures.models import Capture, EvaluationStatus

CAPTURE_COLUMNS = (
    Capture.id,
    Capture.unit_id,
    Capture.captured_at,
    Capture.received_at,
    Capture.evaluated_at,
    Capture.evaluation_status,
    Capture.state,
    Capture.score,
    Capture.reason,
    Capture.evidence,
    Capture.agents,
    Capture.reused_from,
    Capture.description_version,
    Capture.failure_code,
    Capture.failure_detail,
    Capture.trigger_label,
    Capture.trigger_id,
    Capture.sequence,
    Capture.width,
    Capture.height,
    Capture.bytes,
    Capture.sha256,
    Capture.image_stored,
    Capture.clock_suspect,
    Capture.privacy,
    Capture.disposition,
    Capture.disposition_note,
    Capture.disposition_by,
    Capture.disposition_at,
    Capture.capture_metadata,
    Capture.timing,
)
"""What a query selects to make documents from its rows."""


def capture_document(row: Any) -> dict[str, Any]:
    """The Capture of the contract, from a `Capture` or a row of `CAPTURE_COLUMNS`."""
    record_id = str(row.id)
    return {
        "record_id": record_id,
        "device_id": row.unit_id,
        "captured_at": row.captured_at,
        "received_at": row.received_at,
        "evaluated_at": row.evaluated_at,
        "evaluation_status": row.evaluation_status,
        "state": row.state,
        "score": row.score,
        "reason": row.reason,
        "evidence": row.evidence,
        "agents": row.agents,
        "reused_from": str(row.reused_from) if row.reused_from else None,
        "description_version": row.description_version,
        "failure": _failure(row),
        "trigger_label": row.trigger_label,
        "trigger_id": row.trigger_id,
        "sequence": row.sequence,
        "width": row.width,
        "height": row.height,
        "bytes": row.bytes,
        "sha256": row.sha256,
        "image_stored": row.image_stored,
        "clock_suspect": row.clock_suspect,
        "privacy": row.privacy,
        "thumbnail_url": f"/v1/captures/{record_id}/thumbnail",
        "image_url": f"/v1/captures/{record_id}/image" if row.image_stored else None,
        "disposition": _disposition(row),
        "metadata": row.capture_metadata,
        "timing": row.timing,
    }


def first_answer(row: Any) -> dict[str, Any]:
    """The Capture as its upload was answered, whatever has become of it since."""
    document = capture_document(row)
    marks = {name: at for name, at in document["timing"].items() if name not in LATER_MARKS}
    return (
        document
        | UNJUDGED
        | {
            "image_stored": True,
            "image_url": f"/v1/captures/{row.id}/image",
            "disposition": None,
            "timing": marks,
        }
    )


UNJUDGED: dict[str, Any] = {
    "evaluated_at": None,
    "evaluation_status": EvaluationStatus.PENDING,
    "state": None,
    "score": None,
    "reason": None,
    "evidence": None,
    "agents": [],
    "reused_from": None,
    "description_version": None,
    "failure": None,
}

LATER_MARKS = frozenset({"claimed", "ai_started", "ai_finished", "notified"})
"""The marks of timing that come after the answer."""


def _failure(row: Any) -> dict[str, str] | None:
    if row.failure_code is None:
        return None
    return {"code": row.failure_code, "detail": row.failure_detail or ""}


def _disposition(row: Any) -> dict[str, Any] | None:
    if row.disposition is None:
        return None
    return {
        "verdict": row.disposition,
        "note": row.disposition_note,
        "by": row.disposition_by,
        "at": row.disposition_at,
    }
