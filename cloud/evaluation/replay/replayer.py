"""The replayer: judges the pictures of replays as the evaluator would, and changes nothing else.

Each picture is a row in the queue, claimed with a lease, so a replay goes on after a crash. What a
verdict says is written to the replay alone: no capture, no incident and no message comes of it. Its
calls are in the ledger, marked, and their cost in the usage.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cloud.captures.queries import get_capture
from cloud.descriptions.queries import get_description
from cloud.devices.config import EvaluationSection, read_config, read_masks
from cloud.devices.queries import get_device_of_row
from cloud.evaluation.classifier import ClassifierFailed, Question
from cloud.evaluation.evaluate import Classifiers, Outcome, evaluate
from cloud.evaluation.examples import Disposed, list_examples, read_examples
from cloud.evaluation.ledger import entering_calls
from cloud.evaluation.replay.models import Replay, ReplayedCapture
from cloud.evaluation.replay.starting import REPLAYS
from cloud.evaluation.retrying import MOST_ATTEMPTS, may_retry, wait_before_retry
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import NotFound, Problem
from cloud.kit.logs import get_logger
from cloud.kit.queue import Claim, LeaseLost
from cloud.kit.settings import Settings
from cloud.storage.keys import image_key
from cloud.storage.store import Store
from device.wire import Mask

log = get_logger(__name__)

SLOTS = 2
"""Pictures at once in one process: what cameras send comes first."""


@dataclass(frozen=True)
class Job:
    """What judging one picture needs, read at the claim."""

    device_id: UUID
    capture_id: UUID
    replay_id: UUID
    description: str
    version: int
    examples: list[Disposed]
    image_key: str
    masks: tuple[Mask, ...]
    section: EvaluationSection


@dataclass(frozen=True)
class Replayer:
    """Judges claimed pictures; several processes may do so at once."""

    database: Database
    store: Store
    settings: Settings
    classifiers: Classifiers

    async def judge(self, claim: Claim) -> None:
        """Take one picture to its verdict, to a stated failure, or to a later try."""
        try:
            job = await self._begin(claim)
            if job is not None:
                outcome = await self._look(claim, job)
                await self._record(claim, job, outcome)
        except LeaseLost:
            log.info("replay_lease_lost", id=str(claim.id))
        except NotFound:
            await self._drop(claim)

    async def _begin(self, claim: Claim) -> Job | None:
        """What is to be judged; None where the replay was stopped. Raises LeaseLost, NotFound."""
        async with self.database.work_for(claim.organization_id) as work:
            await REPLAYS.hold(work, claim)
            row = await _get_row(work, claim.id)
            replay = await work.session.get_one(Replay, row.replay_id)
            device = await get_device_of_row(work, replay.device_id)
            if replay.stopped_at is not None or device.released_at is not None:
                await REPLAYS.finish(work, claim)
                return None
            capture = await get_capture(work, row.capture_id)
            description = await get_description(work, device.id, replay.version)
            config = read_config(device.config, self.settings)
            most = config.evaluation.examples
            examples = await list_examples(work, device.id, most, judged=capture.id)
            return Job(
                device_id=device.id,
                capture_id=capture.id,
                replay_id=replay.id,
                description=description.text,
                version=description.version,
                examples=examples,
                image_key=image_key(work.organization_id, capture.received_at, capture.id),
                masks=read_masks(device.config),
                section=config.evaluation,
            )

    async def _look(self, claim: Claim, job: Job) -> Outcome:
        if claim.attempts > MOST_ATTEMPTS:
            detail = f"Judging this picture was interrupted {MOST_ATTEMPTS} times."
            return Outcome(None, (ClassifierFailed("crashed", detail, retryable=False),))
        try:
            jpeg = await self.store.get(job.image_key)
            examples = await read_examples(self.store, claim.organization_id, job.examples)
        except Problem as problem:
            return Outcome(None, (ClassifierFailed(problem.code, problem.detail),))
        question = Question(
            organization_id=claim.organization_id,
            device_id=job.device_id,
            capture_id=job.capture_id,
            jpeg=jpeg,
            description=job.description,
            description_version=job.version,
            examples=examples,
            masks=job.masks,
        )
        return await evaluate(question, job.section, self.classifiers)

    async def _record(self, claim: Claim, job: Job, outcome: Outcome) -> None:
        async with self.database.work_for(claim.organization_id) as work:
            attempted = not outcome.postponed
            if outcome.verdict is None and may_retry(
                outcome.failure, claim.attempts, claim.queued_at, utc_now(), attempted=attempted
            ):
                wait = wait_before_retry(
                    outcome.failure, claim.attempts, scale=self.settings.retry_scale
                )
                await REPLAYS.retry(work, claim, wait, attempted=attempted)
            else:
                await REPLAYS.finish(work, claim)
                _write(await _get_row(work, claim.id), outcome)
            await _count(work, job, outcome)

    async def _drop(self, claim: Claim) -> None:
        """The capture was deleted meanwhile: the replay goes on without it."""
        async with self.database.work_for(claim.organization_id) as work:
            await REPLAYS.forget(work, claim.id)
            row = await work.session.get(ReplayedCapture, claim.id)
            if row is not None:
                await work.session.delete(row)


async def _get_row(work: OrganizationWork, row_id: UUID) -> ReplayedCapture:
    row: ReplayedCapture | None = await work.scalar(
        select(ReplayedCapture).where(
            ReplayedCapture.organization_id == work.organization_id, ReplayedCapture.id == row_id
        )
    )
    if row is None:
        raise NotFound("replay_not_found", "The picture is no longer part of a replay.")
    return row


def _write(row: ReplayedCapture, outcome: Outcome) -> None:
    row.judged_at = utc_now()
    if outcome.verdict is None:
        row.failure_code = outcome.failure.code
        row.failure_detail = outcome.failure.detail
        return
    row.state = outcome.verdict.state
    row.score = round(outcome.verdict.score, 4)
    row.reason = outcome.verdict.reason


async def _count(work: OrganizationWork, job: Job, outcome: Outcome) -> None:
    await work.together(
        *entering_calls(work, job.device_id, job.capture_id, outcome, replay_id=job.replay_id)
    )
