"""A description is drafted from captures: by the camera's own model, paid for, and not saved."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from cloud.accounts.models import AuditEntry
from cloud.captures.models import UsageDay
from cloud.evaluation.drafting.drafting import DRAFTS
from cloud.evaluation.models import ModelCall
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from tests.evaluation.judging import operating, upload
from tests.evaluation.kinds import KEY, KINDS, RESPONSES, Kind, classifying
from tests.evaluation.stand_in import Script, StandIn, failing
from tests.factories import SomeDevice, Someone, make_capture, make_device, make_user

PATIENCE = 5

SENTENCES = ["Two posts stand in the middle.", "Nobody waits for more than 5 minutes."]


@dataclass(frozen=True)
class Desk:
    """A camera that a model is asked for, what stands in for that model, and its owner."""

    kind: Kind
    running: StandIn
    owner: Someone
    device: SomeDevice
    me: httpx2.AsyncClient
    database: Database

    @property
    def path(self) -> str:
        return f"/v1/devices/{self.device.unit_id}"

    async def ask(self, *record_ids: str) -> httpx2.Response:
        body = {"record_ids": list(record_ids)}
        return await self.me.post(f"{self.path}/descriptions/draft", json=body)

    async def calls(self) -> list[ModelCall]:
        async with self.database.work_for(self.owner.organization_id) as work:
            return list((await work.execute(select(ModelCall))).scalars())


def drafting(kind: Kind, **changes: Any) -> Script:
    document = {"sentences": SENTENCES, "instruction_text_seen": False, **changes}
    return lambda _request: kind.say(json.dumps(document))


@pytest.fixture(params=[RESPONSES], ids=str)
async def desk(
    request: pytest.FixtureRequest,
    app: FastAPI,
    base_url: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    kind: Kind = request.param
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    config = {"evaluation": {"classifier": kind.classifier}}
    with kind.start(drafting(kind)) as running:
        async with classifying(kind, running) as classifier, operating(base_url, owner) as me:
            monkeypatch.setitem(app.state.classifiers, kind.classifier, classifier)
            await me.put(f"/v1/devices/{device.unit_id}/config", json=config)
            yield Desk(kind, running, owner, device, me, database)


@pytest.mark.parametrize("desk", KINDS, ids=str, indirect=True)
async def test_each_vendors_model_drafts_from_every_chosen_picture(desk: Desk) -> None:
    taken = [await upload(desk.me, desk.device, number) for number in (1, 2)]
    answer = await desk.ask(*taken)
    assert answer.status_code == 200, answer.text
    draft = answer.json()
    assert (
        draft["text"] == "- Two posts stand in the middle.\n- Nobody waits for more than 5 minutes."
    )
    assert [hint["code"] for hint in draft["hints"]] == ["duration"]
    assert (draft["model"], draft["pictures"], draft["directed"]) == (desk.kind.model, 2, False)
    (asked,) = desk.running.requests
    assert json.dumps(asked).replace("_", "/").count("/9j/") == 2
    assert "RateLimit-Remaining" in answer.headers


async def test_a_draft_is_in_the_ledger_the_usage_and_the_audit_and_is_saved_nowhere(
    desk: Desk,
) -> None:
    draft = (await desk.ask(await upload(desk.me, desk.device, 1))).json()
    (call,) = await desk.calls()
    assert (call.outcome, call.capture_id, call.device_id) == (
        "drafted",
        None,
        desk.device.device_id,
    )
    async with desk.database.work_for(desk.owner.organization_id) as work:
        used = (await work.execute(select(UsageDay.ai_calls, UsageDay.cost_usd))).one()
        drafted = AuditEntry.action == "description.drafted"
        entry = (await work.execute(select(AuditEntry).where(drafted))).scalars().one()
    assert used.ai_calls == 1
    assert call.cost_usd == used.cost_usd == Decimal(str(draft["cost_usd"])) > 0
    assert (entry.subject, entry.detail["pictures"]) == (desk.device.unit_id, 1)
    assert (await desk.me.get(f"{desk.path}/descriptions")).json()["items"] == []


async def test_writing_in_a_picture_that_directs_is_told_of(desk: Desk) -> None:
    desk.running.script = drafting(RESPONSES, instruction_text_seen=True)
    assert (await desk.ask(await upload(desk.me, desk.device, 1))).json()["directed"] is True


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        (failing(503, Retry_After="7"), 503, "ai_unavailable"),
        (failing(401), 503, "ai_unavailable"),
        (failing(400), 503, "ai_request_refused"),
        (lambda _request: RESPONSES.say("The lamp is on."), 503, "ai_answer_invalid"),
        (lambda _request: RESPONSES.cut('{"sentences": ["a"'), 503, "ai_answer_invalid"),
        (lambda _request: RESPONSES.refuse("I do not look."), 409, "draft_declined"),
    ],
)
async def test_where_no_draft_comes_the_reason_is_told_and_the_call_is_in_the_ledger(
    desk: Desk, script: Script, status: int, code: str
) -> None:
    desk.running.script = script
    answer = await desk.ask(await upload(desk.me, desk.device, 1))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert KEY not in answer.text
    (call,) = await desk.calls()
    assert call.outcome == ("refused" if code == "draft_declined" else code)


async def test_pictures_of_another_camera_or_organization_are_not_there(desk: Desk) -> None:
    beside = await make_device(desk.database, desk.owner.organization_id)
    stranger = await make_user(desk.database)
    far = await make_device(desk.database, stranger.organization_id)
    mine = await upload(desk.me, desk.device, 1)
    others = [await upload(desk.me, device, 1) for device in (beside, far)]
    answers = [await desk.ask(mine, other) for other in (*others, str(new_id()), "x")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert desk.running.requests == []


async def test_a_picture_that_is_no_longer_kept_is_told_of(desk: Desk) -> None:
    capture = await make_capture(desk.database, desk.device, image_stored=False)
    answer = await desk.ask(str(capture.id))
    assert (answer.status_code, answer.json()["code"]) == (409, "image_missing")


async def test_none_and_too_many_pictures_are_refused(desk: Desk) -> None:
    for record_ids in ([], [str(new_id())] * 9):
        answer = await desk.ask(*record_ids)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "record_ids"


async def test_a_camera_that_asks_no_model_gets_no_draft_though_there_are_models(
    desk: Desk,
) -> None:
    device = await make_device(desk.database, desk.owner.organization_id)
    body = {"record_ids": [await upload(desk.me, device, 1)]}
    path = f"/v1/devices/{device.unit_id}/descriptions/draft"
    answer = await desk.me.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_model")
    assert desk.running.requests == []


@pytest.mark.parametrize(("monthly_usd", "status"), [(0, 409), (1000, 200)])
async def test_a_draft_is_held_to_the_budget(desk: Desk, monthly_usd: float, status: int) -> None:
    body = {"monthly_usd": monthly_usd}
    (await desk.me.put("/v1/organization/budget", json=body)).raise_for_status()
    answer = await desk.ask(await upload(desk.me, desk.device, 1))
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "budget_paused"
        assert desk.running.requests == []


async def test_drafts_are_limited_for_each_person(desk: Desk) -> None:
    for _ in range(DRAFTS.burst):
        assert (await desk.ask("x")).status_code == 404
    assert (await desk.ask("x")).status_code == 429


async def test_no_connection_is_held_while_the_model_thinks(desk: Desk, app: FastAPI) -> None:
    record_id = await upload(desk.me, desk.device, 1)
    pool = app.state.database._engine.pool
    is_free: list[bool] = []

    def look(_request: dict[str, Any]) -> Any:
        """What else runs in this process gives its connections back within the time."""
        end = time.monotonic() + PATIENCE
        while pool.checkedout() and time.monotonic() < end:
            pass
        is_free.append(not pool.checkedout())
        return drafting(RESPONSES)({})

    desk.running.script = look
    assert (await desk.ask(record_id)).status_code == 200
    assert is_free == [True]
