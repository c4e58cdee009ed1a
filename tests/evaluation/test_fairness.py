"""A flood of one organization starves no other: the claim goes round them."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from fastapi import FastAPI

from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import EvaluationStatus, State
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, Question
from cloud.kit.database import Database
from cloud.storage.keys import image_key
from tests.captures.pictures import draw, encode
from tests.evaluation.conftest import answer_of
from tests.evaluation.judging import make_worker
from tests.factories import SomeDevice, make_capture, make_device, make_organization

LATENCY_SECONDS, WANTED, AT_ONCE = 0.2, 10, 4


@dataclass
class Slow:
    """Takes its time, as a model does, and notes whose captures it saw."""

    awaited: UUID
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    name: ClassifierName = ClassifierName.BASELINE
    model: str = "slow"
    done: list[UUID] = field(default_factory=list)

    async def classify(self, question: Question) -> Answer:
        await asyncio.sleep(LATENCY_SECONDS)
        self.done.append(question.device_id)
        if self.done.count(self.awaited) == WANTED:
            self.enough.set()
        return answer_of(self.name, State.NORMAL)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("flood", [40, pytest.param(5000, marks=pytest.mark.long)])
async def test_ten_captures_behind_the_flood_of_another_are_judged_within_five_seconds(
    app: FastAPI, database: Database, flood: int
) -> None:
    a, b = [await make_device(database, await make_organization(database)) for _ in range(2)]
    await queue_captures(app, database, a, flood)
    await queue_captures(app, database, b, WANTED)
    slow = Slow(b.device_id)
    worker = make_worker(app, {ClassifierName.BASELINE: slow}, ai_concurrency=AT_ONCE)
    running = asyncio.create_task(worker.run(app.state.bells))
    try:
        async with asyncio.timeout(5):
            await slow.enough.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert abs(slow.done.count(a.device_id) - WANTED) <= AT_ONCE, "they took turns"


async def queue_captures(app: FastAPI, database: Database, device: SomeDevice, count: int) -> None:
    """They wait with pictures of their own, as uploads would have left them."""
    picture = encode(draw())
    for _ in range(count):
        capture = await make_capture(
            database, device, evaluation_status=EvaluationStatus.PENDING, state=None
        )
        key = image_key(device.organization_id, capture.received_at, capture.id)
        await app.state.store.put(key, picture)
        async with database.work_for(device.organization_id) as work:
            await EVALUATIONS.put(work, capture.id, device.organization_id)
