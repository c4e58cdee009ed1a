"""Writing an outcome down: one transaction with the lease, the verdict, the ledger, the incident.

If the lease was lost meanwhile, somebody else judges this capture: nothing of ours is written but
what it cost.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cloud.alerts.history import lock_camera
from cloud.alerts.raising import raise_incident
from cloud.captures.documents import capture_document
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture, EvaluationStatus
from cloud.captures.queries import get_capture
from cloud.captures.usage import count_usage
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device
from cloud.evaluation.budget.reserving import release
from cloud.evaluation.classifier import Answer, ClassifierFailed
from cloud.evaluation.consensus import Verdict
from cloud.evaluation.evaluate import Outcome
from cloud.evaluation.ledger import enter_calls
from cloud.evaluation.memory_store import remember
from cloud.evaluation.models import ReferenceSource
from cloud.evaluation.sampling import sample_verdict
from cloud.evaluation.thinning import dedupe
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim

Marks = dict[str, str]
"""Times of the evaluation, as RFC 3339, for the capture's `timing`."""


async def record_verdict(
    database: Database,
    claim: Claim,
    outcome: Outcome,
    verdict: Verdict,
    version: int | None,
    marks: Marks,
) -> None:
    """Complete the evaluation. Raises LeaseLost, and NotFound for a capture deleted meanwhile."""
    async with database.work_for(claim.organization_id) as work:
        await EVALUATIONS.finish(work, claim)
        capture = await get_capture(work, claim.id, lock=True)
        capture.evaluation_status = EvaluationStatus.COMPLETED
        capture.state = verdict.state
        capture.score = round(verdict.score, 4)
        capture.reason = verdict.reason
        capture.evidence = verdict.evidence
        capture.agents = [answer.as_agent() for answer in verdict.answers]
        capture.reused_from = verdict.reused_from
        capture.failure_code = None
        capture.failure_detail = None
        await _finish(work, capture, marks, version)
        await _keep_features(work, capture, verdict.answers)
        await sample_verdict(work, capture)
        await _count(work, capture, outcome, evaluations=1)
        if verdict.reused_from is not None:
            await count_usage(work, capture.device_id, reused=1)
        device = await _ask_for_look(work, capture)
        await dedupe(work, capture, device)
        await raise_incident(work, capture, device)
        await _tell(work, capture)


async def record_failure(
    database: Database,
    claim: Claim,
    failure: ClassifierFailed,
    outcome: Outcome,
    version: int | None,
    marks: Marks,
) -> None:
    """End the evaluation without a verdict: failed, with a code and a sentence."""
    async with database.work_for(claim.organization_id) as work:
        await EVALUATIONS.finish(work, claim)
        capture = await get_capture(work, claim.id, lock=True)
        capture.evaluation_status = EvaluationStatus.FAILED
        capture.state = None
        capture.score = None
        capture.reason = None
        capture.evidence = None
        capture.agents = []
        capture.reused_from = None
        capture.failure_code = failure.code
        capture.failure_detail = failure.detail
        await _finish(work, capture, marks, version)
        await _count(work, capture, outcome, evaluations=0)
        await _ask_for_look(work, capture)
        await _tell(work, capture)


async def record_retry(
    database: Database, claim: Claim, outcome: Outcome, delay_seconds: float
) -> None:
    """Give the capture back to the queue; the calls that were made are in the ledger all the same.

    Where nobody was asked, as the provider is known to be down, this was no attempt.
    """
    async with database.work_for(claim.organization_id) as work:
        attempted = not outcome.postponed
        await EVALUATIONS.retry(work, claim, delay_seconds, attempted=attempted)
        capture = await get_capture(work, claim.id, lock=True)
        capture.evaluation_status = EvaluationStatus.PENDING
        await _count(work, capture, outcome, evaluations=0)


async def record_calls(database: Database, claim: Claim, device_id: UUID, outcome: Outcome) -> None:
    """Enter what was paid for an outcome that comes too late to count."""
    async with database.work_for(claim.organization_id) as work:
        await _enter(work, device_id, claim.id, outcome, evaluations=0)


async def _finish(
    work: OrganizationWork, capture: Capture, marks: Marks, version: int | None
) -> None:
    capture.evaluated_at = utc_now()
    capture.description_version = version
    capture.timing = {**capture.timing, **marks}
    await work.flush()


async def _keep_features(
    work: OrganizationWork, capture: Capture, answers: Sequence[Answer]
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
            )


async def _count(
    work: OrganizationWork, capture: Capture, outcome: Outcome, *, evaluations: int
) -> None:
    """Enter the calls; what they were expected to cost is not set aside any more."""
    await release(work, capture.id)
    await _enter(work, capture.device_id, capture.id, outcome, evaluations=evaluations)


async def _enter(
    work: OrganizationWork,
    device_id: UUID,
    capture_id: UUID,
    outcome: Outcome,
    *,
    evaluations: int,
) -> None:
    """Enter each paid call in the ledger, and the sums in the usage."""
    calls = enter_calls(work, device_id, capture_id, outcome.answers, outcome.failures)
    await count_usage(
        work,
        device_id,
        evaluations=evaluations,
        ai_calls=calls.count,
        cost_usd=calls.cost_usd,
    )


async def _ask_for_look(work: OrganizationWork, capture: Capture) -> Device:
    """What a verdict or its lack means for the watching. A released camera is not watched."""
    device = await lock_camera(work, capture.device_id)
    if device.released_at is None:
        await ask_for_look(work, device.id)
    return device


async def _tell(work: OrganizationWork, capture: Capture) -> None:
    document: dict[str, Any] = capture_document(capture)
    await append(work, EventKind.CAPTURE_EVALUATED, document, device_id=capture.unit_id)
