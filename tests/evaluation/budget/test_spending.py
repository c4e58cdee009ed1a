"""Budgets in the whole product: what is judged at each step, what is told, and what it costs."""

import asyncio
import io
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image, ImageDraw
from sqlalchemy import func, select

from cloud.captures.models import State
from cloud.captures.usage import count_usage
from cloud.devices.config import ClassifierName
from cloud.evaluation.budget.models import BudgetReservation
from cloud.evaluation.classifier import Answer, Question, Usage
from cloud.evaluation.models import ModelCall
from cloud.kit.database import Database
from cloud.kit.worker import ClaimWorker
from tests.captures.pictures import encode
from tests.evaluation.conftest import Bench, answer_of
from tests.evaluation.judging import a_scene, make_worker, operating

UNIT = Decimal("0.001")
"""What one picture costs."""


@dataclass
class Paid:
    """A classifier that costs one unit for each picture."""

    name: ClassifierName = ClassifierName.OPENAI
    model: str = "gpt-6-luna"
    cost_usd: Decimal | None = UNIT
    state: State = State.NORMAL
    questions: list[Question] = field(default_factory=list)

    async def classify(self, question: Question) -> Answer:
        self.questions.append(question)
        usage = Usage(tokens_in=1, cost_usd=self.cost_usd, paid=True)
        return answer_of(self.name, self.state, usage=usage)


@dataclass
class Household:
    """One camera that a paid classifier judges, and what its organization spends."""

    app: FastAPI
    bench: Bench
    database: Database
    paid: Paid
    second: Paid
    minutes: Any = field(default_factory=itertools.count)

    async def limit(self, monthly_usd: float | None) -> dict[str, Any]:
        body = {"monthly_usd": monthly_usd}
        return await self.bench.call("PUT", "/v1/organization/budget", body)

    async def spend(self, units: int) -> None:
        device = self.bench.device
        async with self.database.work_for(device.organization_id) as work:
            await count_usage(work, device.device_id, cost_usd=units * UNIT)

    async def take(self, picture: bytes) -> dict[str, Any]:
        at = f"2026-11-22T07:{next(self.minutes):02}:00Z"
        record_id = await self.bench.upload(picture, captured_at=at)
        worker = self.worker()
        while await worker.turn():
            pass
        return await self.bench.read(f"/v1/captures/{record_id}")

    def worker(self, **settings: Any) -> ClaimWorker:
        asked = {ClassifierName.OPENAI: self.paid, ClassifierName.GEMINI: self.second}
        baseline = {ClassifierName.BASELINE: self.bench.classifier}
        return make_worker(self.app, {**asked, **baseline}, **settings)

    async def judged_by(self, **evaluation: Any) -> None:
        path = f"/v1/devices/{self.bench.device.unit_id}/config"
        await self.bench.call("PUT", path, {"evaluation": evaluation})

    async def usage(self) -> dict[str, Any]:
        return await self.bench.read("/v1/organization/usage")


@pytest.fixture
async def household(app: FastAPI, bench: Bench, database: Database) -> Household:
    made = Household(app, bench, database, Paid(), Paid(ClassifierName.GEMINI))
    await made.judged_by(classifier="openai", secondary="gemini", consensus=True)
    return made


def a_changed_scene(number: int) -> bytes:
    """The scene with a block in another place for each number."""
    image = Image.open(io.BytesIO(a_scene(number)))
    across, down = number * 37 % 260, number // 7 * 23 % 150
    ImageDraw.Draw(image).rectangle((across, down, across + 50, down + 80), fill="white")
    return encode(image)


SCENE, OTHER = a_scene(1), a_changed_scene(7)


async def test_from_80_percent_on_one_classifier_is_asked(household: Household) -> None:
    await household.limit(0.10)
    await household.spend(79)
    assert len((await household.take(SCENE))["agents"]) == 2
    assert len((await household.take(SCENE))["agents"]) == 1
    assert (await household.usage())["budget"]["step"] == "single"


async def test_over_budget_only_what_changed_is_judged(household: Household) -> None:
    await household.limit(0.10)
    await household.take(SCENE)
    await household.spend(98)
    unchanged = await household.take(a_scene(2))
    assert (unchanged["evaluation_status"], unchanged["state"]) == ("failed", None)
    assert unchanged["failure"]["code"] == "not_sampled"
    assert unchanged["timing"].get("ai_started") is None
    assert (await household.take(OTHER))["state"] == "normal"


async def test_what_was_left_out_is_judged_when_asked_for_by_hand(household: Household) -> None:
    await household.limit(0.10)
    await household.take(SCENE)
    await household.spend(98)
    left_out = await household.take(a_scene(2))
    await household.bench.call("POST", f"/v1/captures/{left_out['record_id']}/reevaluate")
    await household.worker().turn()
    again = await household.bench.read(f"/v1/captures/{left_out['record_id']}")
    assert again["state"] == "normal"


async def test_a_paused_camera_is_not_watching_and_says_so_once(
    household: Household, database: Database
) -> None:
    await household.limit(0.10)
    await household.spend(120)
    asked = len(household.paid.questions)
    for picture in (SCENE, OTHER):
        capture = await household.take(picture)
        assert capture["failure"]["code"] == "budget_paused"
    assert len(household.paid.questions) == asked
    assert (await household.usage())["budget"]["step"] == "paused"
    device = await household.bench.read(f"/v1/devices/{household.bench.device.unit_id}")
    assert device["watching"]["state"] == "not_watching"
    assert device["watching"]["code"] == "budget_paused"
    await household.limit(0.20)
    await household.take(OTHER)
    device = await household.bench.read(f"/v1/devices/{household.bench.device.unit_id}")
    assert device["watching"]["code"] != "budget_paused"


async def test_an_open_incident_is_judged_whatever_it_costs(household: Household) -> None:
    await household.limit(0.10)
    household.paid.state = household.second.state = State.ABNORMAL
    await household.take(SCENE)
    await household.spend(500)
    after = [await household.take(a_scene(number)) for number in range(3)]
    assert {capture["state"] for capture in after} == {"abnormal"}
    assert {len(capture["agents"]) for capture in after} == {1}


async def test_the_baseline_is_never_limited(household: Household) -> None:
    await household.judged_by(classifier="baseline")
    await household.limit(0)
    assert (await household.take(SCENE))["state"] == "normal"
    assert household.paid.questions == []


async def test_without_a_budget_nothing_is_left_out(household: Household) -> None:
    await household.spend(100_000)
    assert len((await household.take(SCENE))["agents"]) == 2
    assert (await household.usage())["budget"]["step"] == "full"


async def test_the_usage_is_that_of_the_ledger(household: Household, database: Database) -> None:
    await household.take(SCENE)
    household.paid.cost_usd = None
    await household.take(OTHER)
    usage = await household.usage()
    assert (usage["captures"], usage["evaluations"], usage["ai_calls"]) == (2, 2, 4)
    assert usage["unpriced_calls"] == 1
    assert usage["cost_usd"] == usage["budget"]["spent_usd"] == 0.003
    (device,) = usage["by_device"]
    (day,), (month,) = usage["by_day"], usage["by_month"]
    assert device["device_id"] == household.bench.device.unit_id
    assert device["cost_usd"] == day["cost_usd"] == month["cost_usd"] == 0.003
    assert month["month"] == day["day"][:7]
    async with database.work_for(household.bench.device.organization_id) as work:
        entered = await work.scalar(select(func.sum(ModelCall.cost_usd)))
        assert float(entered or 0) == usage["cost_usd"]
        assert await work.scalar(select(func.count()).select_from(BudgetReservation)) == 0


async def test_the_cost_of_a_true_incident_leaves_false_alarms_out(household: Household) -> None:
    assert (await household.usage())["cost_per_true_incident_usd"] is None
    household.paid.state = household.second.state = State.ABNORMAL
    await household.take(SCENE)
    usage = await household.usage()
    assert (usage["true_incidents"], usage["cost_per_true_incident_usd"]) == (1, 0.002)
    (incident,) = (await household.bench.read("/v1/incidents"))["incidents"]
    path = f"/v1/incidents/{incident['id']}/resolve"
    await household.bench.call("POST", path, {"as": "false_alarm"})
    assert (await household.usage())["true_incidents"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-11-22", "to": "2026-11-01"}, "usage_range"),
        ({"from": "2020-01-01", "to": "2026-11-01"}, "usage_range"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, "request_malformed"),
        ({"from": "yesterday"}, "request_malformed"),
    ],
)
async def test_days_that_are_none_are_refused(
    bench: Bench, query: dict[str, str], code: str
) -> None:
    async with operating(bench.base_url, bench.owner) as me:
        answer = await me.get("/v1/organization/usage", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


@pytest.mark.parametrize("monthly", [-1, 1_000_001, 0.001, "much", "NaN"])
async def test_budgets_that_are_none_are_refused(bench: Bench, monthly: object) -> None:
    async with operating(bench.base_url, bench.owner) as me:
        answer = await me.put("/v1/organization/budget", json={"monthly_usd": monthly})
    assert answer.status_code == 422


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("spent", "uploads"), [(96, 30), pytest.param(0, 500, marks=pytest.mark.long)]
)
async def test_two_processes_side_by_side_keep_to_the_budget_to_the_unit(
    household: Household, spent: int, uploads: int
) -> None:
    """Each picture shows something new: all are judged to 110 of 100 units, some to 120."""
    await household.limit(0.10)
    await household.spend(spent)
    for number in range(uploads):
        at = datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(minutes=number)
        await household.bench.upload(a_changed_scene(number), captured_at=at.isoformat())
    workers = [household.worker(ai_concurrency=4) for _ in range(2)]
    while any(await asyncio.gather(*(worker.turn() for worker in workers))):
        pass
    asked = len(household.paid.questions) + len(household.second.questions)
    total = (await household.usage())["budget"]["spent_usd"] / float(UNIT)
    assert round(total) == spent + asked
    assert 110 <= round(total) <= 120
    if uploads == 500:
        assert asked == 120
