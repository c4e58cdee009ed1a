"""A draft over the past: what it finds, what it leaves as it was, and how it ends."""

from decimal import Decimal

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text, update

from cloud.accounts.models import Organization
from cloud.captures.models import State, UsageDay
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, ClassifierFailed, Question, Usage
from cloud.evaluation.models import ModelCall
from cloud.evaluation.replay.starting import REPLAYS
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.workers import make_replay_worker
from tests.evaluation.conftest import Bench, ScriptedClassifier, answer_of
from tests.evaluation.replay.conftest import FIRST, SECOND, Trial
from tests.factories import loopback_client

N, A, U = State.NORMAL, State.ABNORMAL, State.UNCERTAIN


async def ask(bench: Bench, method: str, path: str, body: object = None) -> httpx2.Response:
    async with loopback_client(base_url=bench.base_url, timeout=30) as client:
        return await client.request(method, path, headers=bench.owner.headers, json=body)


async def test_it_tells_what_the_draft_would_have_said(trial: Trial) -> None:
    trial.say({FIRST: [A, N, N, A], SECOND: [N, N, U, A]})
    await trial.write(FIRST, SECOND)
    taken = await trial.take(4)
    await trial.call_them("normal", taken[0])
    await trial.call_them("abnormal", taken[3])
    found = await trial.run(captures=4)
    assert (found["status"], found["done"], found["total"]) == ("completed", 4, 4)
    assert (found["version"], found["against"]) == (2, 1)
    assert found["matrix"]["normal"] == {"normal": 1, "abnormal": 0, "uncertain": 1}
    assert found["matrix"]["abnormal"] == {"normal": 1, "abnormal": 1, "uncertain": 0}
    assert found["known"] == {
        "abnormal": {"total": 1, "before": 1, "after": 1},
        "normal": {"total": 1, "before": 1, "after": 0},
    }
    assert found["loses_recall"] is False
    assert found["incidents_per_day"]["before"] == pytest.approx(16, rel=0.01)
    assert found["incidents_per_day"]["after"] == pytest.approx(8, rel=0.01)
    changed = {one["record_id"]: one for one in found["changed"]}
    assert set(changed) == {taken[0], taken[2]}
    assert changed[taken[0]]["before"] == {"state": "abnormal", "reason": "It looks abnormal."}
    assert changed[taken[0]]["after"] == {"state": "normal", "reason": "It looks normal."}
    assert changed[taken[0]]["known"] == "normal"


async def test_it_changes_no_verdict_opens_no_incident_and_tells_nobody(
    trial: Trial, database: Database
) -> None:
    trial.say({FIRST: [N, N], SECOND: [A, A]})
    await trial.write(FIRST, SECOND)
    taken = await trial.take(2)
    before = [await trial.bench.read(f"/v1/captures/{one}") for one in taken]
    async with database.work_for(trial.bench.owner.organization_id) as work:
        events = await work.scalar(text("SELECT count(*) FROM events"))
    found = await trial.run(captures=2)
    assert found["matrix"]["normal"]["abnormal"] == 2
    assert [await trial.bench.read(f"/v1/captures/{one}") for one in taken] == before
    assert (await trial.bench.read("/v1/incidents"))["incidents"] == []
    assert (await trial.bench.read("/v1/deliveries"))["deliveries"] == []
    async with database.work_for(trial.bench.owner.organization_id) as work:
        assert await work.scalar(text("SELECT count(*) FROM events")) == events


async def test_pictures_of_known_truth_are_added_to_those_that_were_chosen(trial: Trial) -> None:
    trial.say({FIRST: [N, A, N], SECOND: [N, A, N]})
    await trial.write(FIRST, SECOND)
    taken = await trial.take(3)
    await trial.call_them("abnormal", taken[1])
    found = await trial.run(record_ids=[taken[0]])
    assert found["total"] == 2
    assert found["incidents_per_day"] is None
    assert found["known"]["abnormal"]["total"] == 1
    named = await trial.run(captures=[taken[0]])
    assert (named["total"], named["incidents_per_day"]) == (2, None)
    newest = await trial.run(captures=1)
    assert newest["total"] == 2


async def test_its_calls_are_in_the_ledger_and_the_cost_but_are_no_evaluations(
    trial: Trial, app: FastAPI, database: Database
) -> None:
    usage = Usage(latency_ms=5, tokens_in=100, tokens_out=10, cost_usd=Decimal("0.002"), paid=True)
    paid = ScriptedClassifier(ClassifierName.OPENAI)
    paid.scripts[trial.bench.device.device_id] = lambda _q: answer_of(
        ClassifierName.OPENAI, N, usage=usage
    )
    app.state.classifiers[ClassifierName.OPENAI] = paid
    config = f"/v1/devices/{trial.bench.device.unit_id}/config"
    await trial.bench.call("PUT", config, {"evaluation": {"classifier": "openai"}})
    await trial.write(FIRST, SECOND)
    await trial.take(2)
    plan = await trial.bench.call("POST", f"{trial.path}/2/replay/estimate", {"captures": 2})
    assert plan == {"total": 2, "known": 0, "known_left_out": 0, "estimated_cost_usd": 0.004}
    found = await trial.run(captures=2)
    assert (found["estimated_cost_usd"], found["cost_usd"]) == (0.004, 0.004)
    async with database.work_for(trial.bench.owner.organization_id) as work:
        marked = ModelCall.replay_id.is_not(None)
        counted = await work.execute(select(marked, func.count()).group_by(marked))
        assert {tuple(row) for row in counted} == {(False, 2), (True, 2)}
        day = (await work.session.scalars(select(UsageDay))).one()
        assert (day.evaluations, day.ai_calls, day.cost_usd) == (2, 4, Decimal("0.008"))


async def test_a_picture_that_cannot_be_judged_is_tried_again_and_then_told_of(
    trial: Trial, database: Database
) -> None:
    trial.say({FIRST: [N, N], SECOND: [N, N]})
    await trial.write(FIRST, SECOND)
    await trial.take(2)

    def fail(_question: Question) -> Answer:
        raise ClassifierFailed("ai_unavailable", "The model does not answer.", retry_after=600)

    trial.bench.classifier.scripts[trial.bench.device.device_id] = fail
    job = await trial.start(captures=2)
    await trial.finish()
    assert (await trial.bench.read(job))["status"] == "running"
    for _ in range(6):
        async with database.work() as work:
            await work.execute(
                update(QueuedWork).where(QueuedWork.queue == REPLAYS.name).values(due_at=utc_now())
            )
        await trial.finish()
    found = await trial.bench.read(job)
    assert (found["status"], found["done"], found["failed"]) == ("completed", 2, 2)
    assert found["failure"] == {"code": "ai_unavailable", "detail": "The model does not answer."}
    assert found["changed"] == []


async def test_a_worker_that_died_leaves_its_picture_to_another(
    trial: Trial, app: FastAPI, database: Database
) -> None:
    trial.say({FIRST: [N], SECOND: [A]})
    await trial.write(FIRST, SECOND)
    await trial.take(1)
    job = await trial.start(captures=1)
    (lost,) = await REPLAYS.claim(database, limit=1, lease_seconds=0, after=None)
    await make_replay_worker(app.state).turn()
    await trial.finish()
    found = await trial.bench.read(job)
    assert (found["status"], found["matrix"]["normal"]["abnormal"]) == ("completed", 1)
    assert lost.attempts == 1


async def test_a_deleted_capture_leaves_the_replay(trial: Trial) -> None:
    trial.say({FIRST: [N, N], SECOND: [N, N]})
    await trial.write(FIRST, SECOND)
    taken = await trial.take(2)
    job = await trial.start(captures=2)
    assert (await ask(trial.bench, "DELETE", f"/v1/captures/{taken[0]}")).status_code == 204
    await trial.finish()
    found = await trial.bench.read(job)
    assert (found["status"], found["total"]) == ("completed", 1)


async def test_a_stopped_replay_asks_nobody_any_more(trial: Trial) -> None:
    trial.say({FIRST: [N, N], SECOND: [N, N]})
    await trial.write(FIRST, SECOND)
    await trial.take(2)
    job = await trial.start(captures=2)
    second = await ask(trial.bench, "POST", f"{trial.path}/2/replay", {"captures": 2})
    assert (second.status_code, second.json()["code"]) == (409, "replay_running")
    asked = len(trial.bench.asked)
    assert (await ask(trial.bench, "DELETE", job)).status_code == 204
    await trial.finish()
    found = await trial.bench.read(job)
    assert (found["status"], found["done"]) == ("stopped", 0)
    assert len(trial.bench.asked) == asked
    again = await trial.run(captures=2)
    assert again["status"] == "completed"
    listed = (await trial.bench.read(f"{trial.path}/2/replay"))["items"]
    assert [one["status"] for one in listed] == ["completed", "stopped"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"captures": 0}, 422, "request_malformed"),
        ({"captures": 201}, 422, "request_malformed"),
        ({"captures": []}, 422, "request_malformed"),
        ({"captures": ["x"] * 201}, 422, "request_malformed"),
        ({"captures": ["x"]}, 404, "capture_not_found"),
        ({"captures": 5, "record_ids": ["x"]}, 422, "request_malformed"),
        ({"record_ids": ["x"]}, 404, "capture_not_found"),
        ({"record_ids": ["0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55"]}, 404, "capture_not_found"),
        ({}, 409, "nothing_to_replay"),
    ],
)
async def test_what_cannot_be_run_is_refused(
    trial: Trial, body: dict[str, object], status: int, code: str
) -> None:
    await trial.write(FIRST)
    for path in (f"{trial.path}/1/replay", f"{trial.path}/1/replay/estimate"):
        answer = await ask(trial.bench, "POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        fields = {error["field"] for error in answer.json().get("errors", ())}
        assert fields <= {"captures", "body"}


async def test_nothing_is_run_after_the_trial_or_without_the_classifier(
    trial: Trial, database: Database
) -> None:
    trial.say({FIRST: [N]})
    await trial.write(FIRST)
    await trial.take(1)
    config = f"/v1/devices/{trial.bench.device.unit_id}/config"
    await trial.bench.call("PUT", config, {"evaluation": {"classifier": "gemini"}})
    missing = await ask(trial.bench, "POST", f"{trial.path}/1/replay", {})
    assert (missing.status_code, missing.json()["code"]) == (409, "classifier_unavailable")
    await trial.bench.call("PUT", config, {"evaluation": {"classifier": "baseline"}})
    async with database.work_for(trial.bench.owner.organization_id) as work:
        await work.execute(update(Organization).values(trial_ends_at=utc_now()))
    ended = await ask(trial.bench, "POST", f"{trial.path}/1/replay", {})
    assert (ended.status_code, ended.json()["code"]) == (409, "trial_ended")
