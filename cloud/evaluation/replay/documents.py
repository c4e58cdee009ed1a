"""The documents of replays: one in a list, and one with all that it found."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from cloud.alerts.policy import Rule
from cloud.evaluation.replay.figures import (
    Known,
    Replayed,
    count_known,
    count_matrix,
    predict_incidents,
)
from cloud.evaluation.replay.models import ReplayedCapture
from cloud.evaluation.replay.queries import Progress


def progress_document(progress: Progress) -> dict[str, Any]:
    """How far a replay is."""
    replay = progress.replay
    return {
        "id": str(replay.id),
        "version": replay.version,
        "against": replay.against,
        "status": progress.status,
        "done": progress.done,
        "total": progress.total,
        "failed": progress.failed,
        "asked_by": replay.asked_by,
        "asked_at": replay.asked_at,
        "estimated_cost_usd": replay.estimated_cost_usd,
        "known_left_out": replay.known_left_out,
    }


def replay_document(
    progress: Progress, rows: Sequence[ReplayedCapture], rule: Rule, cost: Decimal
) -> dict[str, Any]:
    """A replay and all that it has found so far."""
    judged = [replayed_of(row) for row in rows if row.judged_at is not None]
    prediction = predict_incidents(judged, rule)
    return {
        **progress_document(progress),
        "cost_usd": cost,
        "matrix": count_matrix(judged),
        **known_document(count_known(judged, rule)),
        "incidents_per_day": asdict(prediction) if prediction else None,
        "changed": [_changed_document(row) for row in rows if _has_changed(row)],
        "failure": _first_failure(rows),
    }


def known_document(known: Known) -> dict[str, Any]:
    """What is told of pictures of known truth."""
    return {
        "known": {"abnormal": asdict(known.abnormal), "normal": asdict(known.normal)},
        "loses_recall": known.loses_recall,
    }


def replayed_of(row: ReplayedCapture) -> Replayed:
    return Replayed(
        row.capture_id, row.taken_at, row.is_recent, row.known, row.state_before, row.state
    )


def _has_changed(row: ReplayedCapture) -> bool:
    return row.state is not None and row.state != row.state_before


def _changed_document(row: ReplayedCapture) -> dict[str, Any]:
    return {
        "record_id": str(row.capture_id),
        "taken_at": row.taken_at,
        "known": row.known,
        "before": {"state": row.state_before, "reason": row.reason_before},
        "after": {"state": row.state, "reason": row.reason},
        "score": row.score,
        "thumbnail_url": f"/v1/captures/{row.capture_id}/thumbnail",
    }


def _first_failure(rows: Sequence[ReplayedCapture]) -> dict[str, str] | None:
    """Why pictures could not be judged: what one of them says stands for all."""
    for row in rows:
        if row.failure_code is not None:
            return {"code": row.failure_code, "detail": row.failure_detail or ""}
    return None
