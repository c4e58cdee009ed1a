import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update

from cloud.accounts.models import Organization
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture, State
from cloud.devices.config import ClassifierName
from cloud.evaluation import evaluator
from cloud.evaluation.classifier import Answer, ClassifierFailed, Question, Usage
from cloud.evaluation.models import ModelCall
from cloud.evaluation.recording import record_verdict
from cloud.evaluation.retrying import MOST_ATTEMPTS
from cloud.kit import patience
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.errors import Unavailable
from cloud.kit.queue import QueuedWork
from cloud.workers import make_evaluation_worker
from tests.evaluation.conftest import Bench, answer_of
from tests.evaluation.judging import make_worker


def say(bench: Bench, state: State, **changes: object) -> None:
    bench.classifier.scripts[bench.device.device_id] = lambda _question: answer_of(
        ClassifierName.BASELINE, state, **changes
    )


def fail(bench: Bench, **changes: object) -> None:
    """Fail until told otherwise; the wait for the next try is long, `hurry` ends it."""
    changes = {"retry_after": 600.0, **changes}

    def raise_it(_question: Question) -> Answer:
        raise ClassifierFailed("ai_unavailable", "The model does not answer.", **changes)  # type: ignore[arg-type]  # as the test says

    bench.classifier.scripts[bench.device.device_id] = raise_it


async def hurry(database: Database, record_id: str) -> None:
    """Make a retry that waits due now."""
    async with database.work() as work:
        await work.execute(
            update(QueuedWork).where(QueuedWork.id == record_id).values(due_at=utc_now())
        )


async def test_a_capture_is_judged_and_says_by_whom_and_by_which_description(
    bench: Bench,
) -> None:
    path = f"/v1/devices/{bench.device.unit_id}/descriptions"
    await bench.call("POST", path, {"text": "Three bottles stand on the shelf."})
    say(bench, State.ABNORMAL, reason="A bottle is missing.", box=(0.1, 0.2, 0.3, 0.4))
    record_id = await bench.upload()
    capture = await bench.judge(record_id)
    assert (capture["evaluation_status"], capture["state"]) == ("completed", "abnormal")
    assert capture["reason"] == "A bottle is missing."
    assert capture["evidence"] == {"clause": None, "box": [0.1, 0.2, 0.3, 0.4]}
    assert capture["description_version"] == 1
    assert [agent["classifier"] for agent in capture["agents"]] == ["baseline"]
    assert {"received", "stored", "claimed", "ai_started", "ai_finished"} <= set(capture["timing"])
    (question,) = bench.asked
    assert question.description == "Three bottles stand on the shelf."


async def test_an_abnormal_verdict_opens_an_incident_in_the_same_transaction(
    bench: Bench,
) -> None:
    say(bench, State.ABNORMAL)
    record_id = await bench.upload()
    await bench.judge(record_id)
    (incident,) = (await bench.read("/v1/incidents"))["incidents"]
    assert incident["device_id"] == bench.device.unit_id
    assert incident["state"] == "open"
    deliveries = (await bench.read("/v1/deliveries"))["deliveries"]
    assert [(one["kind"], one["recipient"]) for one in deliveries] == [
        ("opened", bench.owner.email)
    ]


async def test_a_failure_is_tried_again_and_then_judged(bench: Bench, database: Database) -> None:
    fail(bench)
    record_id = await bench.upload()
    capture = await bench.judge(record_id)
    assert (capture["evaluation_status"], capture["state"]) == ("pending", None)
    say(bench, State.NORMAL)
    await hurry(database, record_id)
    capture = await bench.judge(record_id)
    assert (capture["evaluation_status"], capture["state"]) == ("completed", "normal")


async def test_after_the_last_attempt_it_has_failed_with_a_reason_and_no_state(
    bench: Bench, database: Database
) -> None:
    fail(bench)
    record_id = await bench.upload()
    for _ in range(MOST_ATTEMPTS):
        capture = await bench.judge(record_id)
        await hurry(database, record_id)
    assert (capture["evaluation_status"], capture["state"]) == ("failed", None)
    assert capture["failure"] == {
        "code": "ai_unavailable",
        "detail": "The model does not answer.",
    }
    async with database.work() as work:
        left = await work.scalar(select(QueuedWork.id).where(QueuedWork.id == record_id))
    assert left is None


async def test_a_verdict_waits_for_a_database_that_is_away_and_is_not_asked_for_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def record(*everything: Any) -> None:
        nonlocal tries
        is_mine = everything[1].id == UUID(record_id)
        tries += is_mine
        if is_mine and tries < 3:
            raise Unavailable("database_busy", "Busy.", retry_after=1)
        await record_verdict(*everything)

    monkeypatch.setattr(evaluator, "record_verdict", record)
    monkeypatch.setattr(patience, "wait_for_database", lambda _tries: 0)
    say(bench, State.NORMAL)
    record_id = await bench.upload()
    capture = await bench.judge(record_id)
    assert (capture["evaluation_status"], tries) == ("completed", 3)
    assert [str(one.capture_id) for one in bench.asked] == [record_id]


@pytest.mark.parametrize("too_late", ["deleted", "claimed by another"])
async def test_what_was_paid_is_in_the_ledger_though_the_answer_came_too_late(
    app: FastAPI, bench: Bench, database: Database, too_late: str
) -> None:
    class Slow:
        """Answers for money, and meanwhile the capture is lost to its worker."""

        name = ClassifierName.BASELINE
        model = "slow"

        async def classify(self, question: Question) -> Answer:
            if question.capture_id != UUID(record_id):
                return answer_of(ClassifierName.BASELINE, State.NORMAL)
            asked.set()
            async with database.work_for(bench.owner.organization_id) as work:
                if too_late == "deleted":
                    mine = update(Capture).where(Capture.id == UUID(record_id))
                    await work.execute(mine.values(deleted_at=utc_now()))
                else:
                    row = update(QueuedWork).where(QueuedWork.id == UUID(record_id))
                    await work.execute(row.values(lease_token=uuid4()))
            paid = Usage(paid=True, cost_usd=Decimal("0.004"))
            return answer_of(ClassifierName.BASELINE, State.NORMAL, usage=paid)

    asked = asyncio.Event()
    record_id = await bench.upload()
    worker = make_worker(app, {ClassifierName.BASELINE: Slow()})
    while not asked.is_set():
        await worker.turn()
    async with database.work_for(bench.owner.organization_id) as work:
        costs = await work.session.scalars(
            select(ModelCall.cost_usd).where(
                ModelCall.organization_id == bench.owner.organization_id,
                ModelCall.capture_id == UUID(record_id),
            )
        )
        assert list(costs) == [Decimal("0.004")]


async def test_what_cannot_be_mended_is_not_tried_again(bench: Bench) -> None:
    fail(bench, retryable=False)
    record_id = await bench.upload()
    capture = await bench.judge(record_id)
    assert capture["evaluation_status"] == "failed"


async def test_a_classifier_that_is_not_set_up_fails_and_is_never_normal(bench: Bench) -> None:
    path = f"/v1/devices/{bench.device.unit_id}/config"
    await bench.call("PUT", path, {"evaluation": {"classifier": "gemini"}})
    capture = await bench.judge(await bench.upload())
    assert capture["state"] is None
    assert capture["failure"]["code"] == "classifier_unavailable"


async def test_past_the_trial_pictures_are_kept_but_not_judged(
    bench: Bench, database: Database
) -> None:
    organization_id = bench.owner.organization_id
    async with database.work_for(organization_id) as work:
        await work.execute(
            update(Organization)
            .where(Organization.id == organization_id)
            .values(trial_ends_at=text("now() - interval '1 day'"))
        )
    capture = await bench.judge(await bench.upload())
    assert capture["failure"]["code"] == "trial_ended"
    assert bench.asked == []


async def test_a_picture_gone_from_the_store_is_a_stated_failure(
    app: FastAPI, bench: Bench
) -> None:
    record_id = await bench.upload()
    for stored in await app.state.store.list_objects(str(bench.owner.organization_id)):
        await app.state.store.delete(stored.key)
    capture = await bench.judge(record_id)
    assert capture["failure"]["code"] == "image_missing"


async def test_every_paid_call_is_in_the_ledger_failed_ones_too(
    bench: Bench, database: Database
) -> None:
    paid = Usage(latency_ms=5, tokens_in=10, tokens_out=2, cost_usd=Decimal("0.25"), paid=True)
    fail(bench, calls=[paid], classifier="openai", model="gpt-6-luna")
    record_id = await bench.upload()
    await bench.judge(record_id)
    say(bench, State.NORMAL, usage=paid)
    await hurry(database, record_id)
    await bench.judge(record_id)
    async with database.work_for(bench.owner.organization_id) as work:
        calls = (await work.execute(select(ModelCall.outcome, ModelCall.cost_usd))).all()
    assert sorted((call.outcome, call.cost_usd) for call in calls) == [
        ("ai_unavailable", Decimal("0.25")),
        ("normal", Decimal("0.25")),
    ]


async def test_a_capture_deleted_meanwhile_is_dropped(bench: Bench, database: Database) -> None:
    record_id = await bench.upload()

    async with database.work_for(bench.owner.organization_id) as work:
        await work.execute(
            text("UPDATE captures SET deleted_at = now() WHERE id = :id"), {"id": record_id}
        )
    while await bench.take_turn():
        pass
    async with database.work() as work:
        left = await work.scalar(select(QueuedWork.id).where(QueuedWork.id == record_id))
    assert left is None


async def test_a_late_result_of_a_lost_lease_is_thrown_away(
    bench: Bench, database: Database
) -> None:
    async def steal() -> None:
        async with database.work() as work:
            await work.execute(
                text("UPDATE queued_work SET lease_token = gen_random_uuid() WHERE id = :id"),
                {"id": record_id},
            )

    stolen: list[object] = []
    original = bench.classifier.classify

    async def classify_while_stolen(question: Question) -> Answer:
        if question.device_id == bench.device.device_id:
            await steal()
            stolen.append(question)
        return await original(question)

    bench.classifier.classify = classify_while_stolen  # type: ignore[method-assign]  # the theft
    record_id = await bench.upload()
    capture = await bench.judge(record_id)
    assert stolen
    assert (capture["evaluation_status"], capture["state"]) == ("processing", None)


async def test_a_worker_that_wakes_after_its_lease_does_not_touch_a_capture_already_judged(
    bench: Bench, app: FastAPI, database: Database
) -> None:
    record_id = await bench.upload()
    claims = await EVALUATIONS.claim(database, limit=1000, lease_seconds=60, after=None)
    (stale,) = [claim for claim in claims if str(claim.id) == record_id]
    await hurry(database, record_id)
    await bench.judge(record_id)
    await make_evaluation_worker(app.state).handle(stale)
    capture = await bench.read(f"/v1/captures/{record_id}")
    assert (capture["evaluation_status"], capture["state"]) == ("completed", "normal")


@pytest.mark.parametrize("verdict", ["normal", "abnormal", "unclear"])
async def test_a_reevaluation_asks_anew_and_keeps_the_operators_word(
    bench: Bench, verdict: str
) -> None:
    record_id = await bench.upload()
    await bench.judge(record_id)
    await bench.call("PUT", f"/v1/captures/{record_id}/disposition", {"verdict": verdict})
    say(bench, State.ABNORMAL)
    again = await bench.call("POST", f"/v1/captures/{record_id}/reevaluate")
    assert again["evaluation_status"] == "pending"
    capture = await bench.judge(record_id)
    assert capture["state"] == "abnormal"
    assert capture["disposition"]["verdict"] == verdict


async def test_forty_organizations_at_once_are_judged_by_their_own_descriptions(
    app: FastAPI, base_url: str, database: Database, bench: Bench
) -> None:
    from tests.factories import make_device, make_user  # noqa: PLC0415

    benches = []
    for number in range(40):
        owner = await make_user(database)
        device = await make_device(database, owner.organization_id)
        one = Bench(base_url, owner, device, bench.classifier, bench.take_turn)
        await one.call(
            "POST", f"/v1/devices/{device.unit_id}/descriptions", {"text": f"Scene {number}."}
        )
        benches.append((number, one, await one.upload()))
    for number, one, record_id in benches:
        capture = await one.judge(record_id)
        assert capture["state"] == "normal"
        (question,) = one.asked
        assert question.description == f"Scene {number}."
        assert question.organization_id == one.owner.organization_id
