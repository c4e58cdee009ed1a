"""The evaluator: takes captures that wait for a verdict, a few at once, from any organization.

What is to be judged is a row in the queue. It is claimed with a lease, kept alive while a model
thinks, and finished in the transaction that writes the verdict. Between reading and writing no
connection is held. A process that dies loses its lease, and another one takes over.
"""

from cloud.captures.ingest import EVALUATIONS
from cloud.evaluation.beginning import Job, begin
from cloud.evaluation.budget.ladder import SAMPLED_SHARE, Step
from cloud.evaluation.budget.refusing import not_sampled
from cloud.evaluation.classifier import ClassifierFailed, Question
from cloud.evaluation.evaluate import Classifiers, Outcome, evaluate
from cloud.evaluation.examples import read_examples
from cloud.evaluation.recording import (
    Marks,
    record_calls,
    record_failure,
    record_retry,
    record_verdict,
)
from cloud.evaluation.retrying import MOST_ATTEMPTS, may_retry, wait_before_retry
from cloud.evaluation.sampling import is_sampled
from cloud.evaluation.screening import Screening
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from cloud.kit.errors import NotFound, Problem
from cloud.kit.logs import get_logger
from cloud.kit.patience import write_patiently
from cloud.kit.queue import Claim, LeaseLost
from cloud.kit.settings import Settings
from cloud.storage.store import Store, StoredObjectMissing

log = get_logger(__name__)

OVER_BUDGET = b"over budget"
"""Draws a sample of its own: the one that measures misses must stay as it is."""


class Evaluator:
    """Judges claimed captures with the classifiers that this installation has."""

    def __init__(
        self, database: Database, store: Store, settings: Settings, classifiers: Classifiers
    ) -> None:
        self._database = database
        self._store = store
        self._settings = settings
        self._classifiers = classifiers
        self._screening = Screening(database, store)

    async def judge(self, claim: Claim) -> None:
        """Take one claimed capture to its verdict, to a stated failure, or to a later try."""
        try:
            await self._judge(claim)
        except LeaseLost:
            log.info("evaluation_lease_lost", record_id=str(claim.id))
        except NotFound:
            await self._drop(claim)

    async def _judge(self, claim: Claim) -> None:
        marks: Marks = {"claimed": rfc3339(utc_now())}
        job = await self._begin(claim)
        if claim.attempts > MOST_ATTEMPTS:
            outcome = Outcome(None, (_given_up(),))
        elif job.unjudged is not None:
            outcome = Outcome(None, (job.unjudged,))
        else:
            outcome = (
                await self._screen(job) or await self._spare(job) or await self._ask(job, marks)
            )
        await self._conclude(claim, job, outcome, marks)

    async def _begin(self, claim: Claim) -> Job:
        async with self._database.work_for(claim.organization_id) as work:
            return await begin(work, claim, self._settings, self._classifiers)

    async def _screen(self, job: Job) -> Outcome | None:
        """What the free tests say; None where the classifiers are to be asked."""
        verdict = await self._screening.screen(job.scene, job.around, job.reusing)
        return Outcome(verdict) if verdict is not None else None

    async def _spare(self, job: Job) -> Outcome | None:
        """Over budget: what is left out, with its own code; None for what is judged all the same.

        Which of the changed pictures are judged is decided by their ids, and not by how they look.
        """
        step = job.allowance.step
        if step not in {Step.CHANGED_ONLY, Step.SAMPLED}:
            return None
        if step is Step.SAMPLED and not is_sampled(
            job.scene.capture_id, SAMPLED_SHARE, OVER_BUDGET
        ):
            return Outcome(None, (not_sampled(step),))
        unchanged = await self._screening.is_unchanged(
            job.scene, job.description_version, job.max_distance
        )
        return Outcome(None, (not_sampled(Step.CHANGED_ONLY),)) if unchanged else None

    async def _ask(self, job: Job, marks: Marks) -> Outcome:
        marks["ai_started"] = rfc3339(utc_now())
        outcome = await self._look(job)
        marks["ai_finished"] = rfc3339(utc_now())
        return outcome

    async def _look(self, job: Job) -> Outcome:
        try:
            jpeg = await self._store.get(job.image_key)
            organization_id = job.question_of["organization_id"]
            examples = await read_examples(self._store, organization_id, job.examples)
        except StoredObjectMissing:
            return Outcome(None, (_image_missing(),))
        except Problem as problem:
            return Outcome(None, (ClassifierFailed(problem.code, problem.detail),))
        question = Question(jpeg=jpeg, examples=examples, **job.question_of)
        return await evaluate(question, job.allowance.section, self._classifiers)

    async def _conclude(self, claim: Claim, job: Job, outcome: Outcome, marks: Marks) -> None:
        """Record the outcome; where it comes too late, at least what it cost.

        To ask anew would have to be paid anew.
        """
        scale = self._settings.retry_scale
        try:
            await write_patiently(lambda: self._record(claim, job, outcome, marks), scale=scale)
        except (LeaseLost, NotFound):
            await write_patiently(
                lambda: record_calls(self._database, claim, job, outcome), scale=scale
            )
            raise

    async def _record(self, claim: Claim, job: Job, outcome: Outcome, marks: Marks) -> None:
        if outcome.verdict is not None:
            await record_verdict(self._database, claim, job, outcome, outcome.verdict, marks)
            return
        failure = outcome.failure
        attempted = not outcome.postponed
        if may_retry(failure, claim.attempts, claim.queued_at, utc_now(), attempted=attempted):
            wait = wait_before_retry(failure, claim.attempts, scale=self._settings.retry_scale)
            await record_retry(self._database, claim, job, outcome, wait)
        else:
            await record_failure(self._database, claim, job, outcome, failure, marks)

    async def _drop(self, claim: Claim) -> None:
        """The capture was deleted meanwhile: there is nothing left to judge."""
        async with self._database.work() as work:
            await EVALUATIONS.forget(work, claim.id)


def _given_up() -> ClassifierFailed:
    return ClassifierFailed(
        "evaluation_crashed",
        f"Judging this capture was interrupted {MOST_ATTEMPTS} times. Try again by hand.",
        retryable=False,
    )


def _image_missing() -> ClassifierFailed:
    return ClassifierFailed(
        "image_missing", "The picture of this capture is no longer stored.", retryable=False
    )
