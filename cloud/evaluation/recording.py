"""Writing an outcome down: one transaction with the lease, the verdict, the ledger, the incident.

If the lease was lost meanwhile, somebody else judges this capture: nothing of ours is written but
what it cost.
"""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from cloud.alerts.history import lock_camera
from cloud.alerts.raising import raise_incident
from cloud.captures.documents import CAPTURE_COLUMNS, capture_document
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import EvaluationStatus
from cloud.captures.queries import capture_not_found, get_capture
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device
from cloud.evaluation.beginning import Job
from cloud.evaluation.budget.reserving import releasing
from cloud.evaluation.classifier import Answer, ClassifierFailed
from cloud.evaluation.consensus import Verdict
from cloud.evaluation.evaluate import Outcome
from cloud.evaluation.ledger import entering_calls
from cloud.evaluation.memory_store import remember
from cloud.evaluation.models import ReferenceSource
from cloud.evaluation.sampling import sample_verdict
from cloud.evaluation.thinning import dedupe
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.pipelines import Statement
from cloud.kit.queue import Claim, LeaseLost

Marks = dict[str, str]
"""Times of the evaluation, as RFC 3339, for the capture's `timing`."""


async def record_verdict(
    database: Database,
    claim: Claim,
    job: Job,
    outcome: Outcome,
    verdict: Verdict,
    marks: Marks,
) -> None:
    """Complete the evaluation. Raises LeaseLost, and NotFound for a capture deleted meanwhile."""
    async with database.work_for(claim.organization_id) as work:
        capture = await _end(
            work,
            claim,
            job,
            outcome,
            marks,
            evaluation_status=EvaluationStatus.COMPLETED,
            state=verdict.state,
            score=round(verdict.score, 4),
            reason=verdict.reason,
            evidence=Jsonb(verdict.evidence) if verdict.evidence is not None else None,
            agents=Jsonb([answer.as_agent() for answer in verdict.answers]),
            reused_from=verdict.reused_from,
        )
        await _keep_features(work, capture, job, verdict.answers)
        await sample_verdict(work, capture)
        device = await _ask_for_look(work, capture)
        if await dedupe(work, capture, device):
            capture = capture._replace(image_stored=False)
        await raise_incident(work, capture.id, device)
        await _tell(work, capture)


async def record_failure(
    database: Database,
    claim: Claim,
    job: Job,
    outcome: Outcome,
    failure: ClassifierFailed,
    marks: Marks,
) -> None:
    """End the evaluation without a verdict: failed, with a code and a sentence."""
    async with database.work_for(claim.organization_id) as work:
        capture = await _end(
            work,
            claim,
            job,
            outcome,
            marks,
            evaluation_status=EvaluationStatus.FAILED,
            failure_code=failure.code,
            failure_detail=failure.detail,
        )
        await _ask_for_look(work, capture)
        await _tell(work, capture)


async def record_retry(
    database: Database, claim: Claim, job: Job, outcome: Outcome, delay_seconds: float
) -> None:
    """Give the capture back to the queue; the calls that were made are in the ledger all the same.

    Where nobody was asked, as the provider is known to be down, this was no attempt.
    """
    async with database.work_for(claim.organization_id) as work:
        attempted = not outcome.postponed
        await EVALUATIONS.retry(work, claim, delay_seconds, attempted=attempted)
        capture = await get_capture(work, claim.id, lock=True)
        capture.evaluation_status = EvaluationStatus.PENDING
        await work.flush()
        await work.together(*_settling(work, job, outcome))


async def record_calls(database: Database, claim: Claim, job: Job, outcome: Outcome) -> None:
    """Enter what was paid for an outcome that comes too late to count."""
    async with database.work_for(claim.organization_id) as work:
        await work.together(*entering_calls(work, job.scene.device_id, claim.id, outcome))


async def _end(
    work: OrganizationWork,
    claim: Claim,
    job: Job,
    outcome: Outcome,
    marks: Marks,
    **found: Any,
) -> Any:
    """Write down how the evaluation ended; the capture as it is now, with all of a document."""
    ended = {
        **NOTHING_FOUND,
        **found,
        "of_organization": work.organization_id,
        "record_id": claim.id,
        "now": utc_now(),
        "version": job.description_version,
        "marks": Jsonb(marks),
    }
    is_verdict = found["evaluation_status"] is EvaluationStatus.COMPLETED
    finished, captures, *_ = await work.together(
        EVALUATIONS.finishing(claim),
        (END, ended),
        *_settling(
            work,
            job,
            outcome,
            evaluations=int(is_verdict),
            reused=int(found.get("reused_from") is not None),
        ),
    )
    if not finished:
        raise LeaseLost
    if not captures:
        raise capture_not_found()
    return captures[0]


def _settling(
    work: OrganizationWork,
    job: Job,
    outcome: Outcome,
    *,
    evaluations: int = 0,
    reused: int = 0,
) -> list[Statement]:
    """Enter the calls; what they were expected to cost is not set aside any more."""
    device_id, capture_id = job.scene.device_id, job.scene.capture_id
    entering = entering_calls(
        work, device_id, capture_id, outcome, evaluations=evaluations, reused=reused
    )
    return [releasing(work, capture_id), *entering]


async def _keep_features(
    work: OrganizationWork, capture: Any, job: Job, answers: Sequence[Answer]
) -> None:
    """Let the baseline remember a picture that it asked for, unless the operator has spoken."""
    for answer in answers:
        if answer.remember is not None and capture.disposition is None:
            await remember(
                work,
                capture.device_id,
                capture.id,
                capture.captured_at,
                ReferenceSource.CONFIDENT,
                answer.remember,
                job.question_of["masks"],
            )


async def _ask_for_look(work: OrganizationWork, capture: Any) -> Device:
    """What a verdict or its lack means for the watching. A released camera is not watched."""
    device = await lock_camera(work, capture.device_id)
    if device.released_at is None:
        await ask_for_look(work, device.id)
    return device


async def _tell(work: OrganizationWork, capture: Any) -> None:
    document = capture_document(capture)
    await append(work, EventKind.CAPTURE_EVALUATED, document, device_id=capture.unit_id)


NOTHING_FOUND: dict[str, Any] = {
    "state": None,
    "score": None,
    "reason": None,
    "evidence": None,
    "agents": Jsonb([]),
    "reused_from": None,
    "failure_code": None,
    "failure_detail": None,
}

SET = ", ".join(f"{name} = :{name}" for name in ("evaluation_status", *NOTHING_FOUND))
SHOWN = ", ".join(f"{column.expression.name} AS {column.key}" for column in CAPTURE_COLUMNS)

END = text(f"""
UPDATE captures SET {SET},
  evaluated_at = :now, description_version = :version, timing = timing || :marks
WHERE organization_id = :of_organization AND id = :record_id AND deleted_at IS NULL
RETURNING device_id, {SHOWN}
""")  # noqa: S608  # our own names
