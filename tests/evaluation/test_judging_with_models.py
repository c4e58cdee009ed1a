"""Models in the whole product: every cent is counted, and one vendor may be down."""

import asyncio
import json
import random
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from cloud.captures.models import UsageDay
from cloud.devices.config import ClassifierName
from cloud.evaluation.models import ModelCall
from cloud.kit.database import Database
from tests.evaluation.judging import make_worker, operating, set_up, upload
from tests.evaluation.kinds import CHAT, GEMINI, RESPONSES, classifying
from tests.evaluation.openai_stand_in import completed
from tests.evaluation.stand_in import Reply, failing, verdict
from tests.factories import make_device, make_user

IN_A_MILLION = Decimal(1_000_000)


class Invoicing:
    """A stand-in that counts like OpenAI, at random, and adds up what it would bill.

    It counts what asks by `description`: another test's capture may have been left waiting.
    """

    def __init__(self, description: str) -> None:
        self.bill, self.asked = Decimal(0), 0
        self._description = description
        self._chance = random.Random(4)  # noqa: S311  # repeatable, no secret

    def __call__(self, request: dict[str, Any]) -> Reply:
        if self._description not in request["input"][0]["content"][0]["text"]:
            return failing(400)(request)
        self.asked += 1
        total, out = self._chance.randrange(900, 30_000), self._chance.randrange(20, 400)
        cached = self._chance.randrange(total // 2)
        written = self._chance.randrange(total // 3)
        if self._chance.random() < 0.2:
            return failing(503)({})
        self.bill += (
            Decimal("0.10") * (total - cached - written)
            + Decimal("0.01") * cached
            + Decimal("0.125") * written
            + Decimal("0.50") * out
        ) / IN_A_MILLION
        text = json.dumps(verdict("normal")) if self._chance.random() < 0.7 else "no verdict"
        details = {"cached_tokens": cached, "cache_write_tokens": written}
        usage = {
            "input_tokens": total,
            "input_tokens_details": details,
            "output_tokens": out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": total + out,
        }
        return completed(text, usage=usage)


async def test_the_ledger_adds_up_to_what_the_vendor_bills_failed_and_odd_calls_too(
    app: FastAPI, base_url: str, database: Database
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    vendor = Invoicing("Two posts stand there, and all is billed.")
    with RESPONSES.start(vendor) as running:
        async with classifying(RESPONSES, running) as classifier, operating(base_url, owner) as me:
            await set_up(
                me, device, "Two posts stand there, and all is billed.", classifier="openai"
            )
            for number in range(12):
                await upload(me, device, number)
            worker = make_worker(
                app, {ClassifierName.OPENAI: classifier}, ai_concurrency=2, retry_scale=0.0001
            )
            async with asyncio.timeout(60):
                while await waiting(me):
                    await worker.turn()
    async with database.work_for(owner.organization_id) as work:
        calls = (await work.execute(select(ModelCall))).scalars().all()
        used = await work.scalar(
            select(func.sum(UsageDay.cost_usd)).where(UsageDay.device_id == device.device_id)
        )
    assert len(calls) == vendor.asked > 12
    assert sum((call.cost_usd or 0 for call in calls), start=Decimal(0)) == vendor.bill
    assert used == vendor.bill
    assert sum(call.tokens_cached for call in calls) > 0


async def waiting(me: Any) -> bool:
    answer = await me.get("/v1/captures", params={"state": "pending"})
    return bool(answer.json()["captures"])


@pytest.mark.parametrize("wait", [False, True])
async def test_two_vendors_of_which_one_is_down(
    app: FastAPI,
    base_url: str,
    database: Database,
    *,
    wait: bool,
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    policy = {"when_incomplete": "wait" if wait else "accept"}
    up = GEMINI.start(lambda _request: GEMINI.say(json.dumps(verdict("abnormal"))))
    down = RESPONSES.start(failing(503))
    with up as gemini_there, down as openai_gone:
        async with (
            classifying(GEMINI, gemini_there) as gemini,
            classifying(RESPONSES, openai_gone) as openai,
            operating(base_url, owner) as me,
        ):
            both = {"classifier": "openai", "secondary": "gemini", "consensus": True}
            await set_up(me, device, "Two posts stand there.", **both, **policy)
            record_id = await upload(me, device, 1)
            classifiers = {ClassifierName.OPENAI: openai, ClassifierName.GEMINI: gemini}
            worker = make_worker(app, classifiers)
            while not gemini_there.requests:
                await worker.turn()
            capture = (await me.get(f"/v1/captures/{record_id}")).json()
            calls = await read_calls(database, owner.organization_id)
            openai_gone.script = lambda _request: completed(json.dumps(verdict("normal")))
            async with asyncio.timeout(30):
                while await waiting(me):
                    await worker.turn()
            at_last = (await me.get(f"/v1/captures/{record_id}")).json()
    assert sorted(calls) == [("gemini", "abnormal"), ("openai", "ai_unavailable")]
    if wait:
        assert (capture["evaluation_status"], capture["state"]) == ("pending", None)
        assert at_last["state"] == "uncertain"
        assert [agent["classifier"] for agent in at_last["agents"]] == ["openai", "gemini"]
    else:
        assert capture == at_last
        assert capture["state"] == "abnormal"
        assert "consensus: incomplete" in capture["reason"]
        assert [agent["classifier"] for agent in capture["agents"]] == ["gemini"]


async def read_calls(database: Database, organization_id: UUID) -> list[tuple[str, str]]:
    async with database.work_for(organization_id) as work:
        rows = await work.execute(select(ModelCall.classifier, ModelCall.outcome))
        return [(row.classifier, row.outcome) for row in rows]


async def test_a_call_without_a_known_price_is_counted_without_a_cost(
    app: FastAPI, base_url: str, database: Database
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    with CHAT.start(lambda _request: CHAT.say(json.dumps(verdict("normal")))) as running:
        async with classifying(CHAT, running) as nim, operating(base_url, owner) as me:
            await set_up(me, device, "Two posts stand there.", classifier="nim")
            record_id = await upload(me, device, 1)
            worker = make_worker(app, {ClassifierName.NIM: nim})
            while not running.requests:
                await worker.turn()
            capture = (await me.get(f"/v1/captures/{record_id}")).json()
    assert capture["state"] == "normal"
    assert capture["agents"][0]["cost_usd"] is None
    async with database.work_for(owner.organization_id) as work:
        (call,) = (await work.execute(select(ModelCall))).scalars()
    assert (call.cost_usd, call.tokens_in) == (None, 1000)
