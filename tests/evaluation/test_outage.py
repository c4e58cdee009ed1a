"""A provider that is down: it is left alone, nothing is normal by default, then all is judged."""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from cloud.captures.models import Capture, EvaluationStatus
from cloud.devices.config import ClassifierName
from cloud.evaluation.breaker import FAILURES_IN_A_ROW
from cloud.kit.database import Database
from tests.evaluation.judging import make_worker, operating, set_up, upload
from tests.evaluation.kinds import RESPONSES, classifying
from tests.evaluation.openai_stand_in import completed
from tests.evaluation.stand_in import Reply, failing, verdict
from tests.factories import Someone, make_device, make_user

SLOTS = 4
THINKS_SECONDS = 0.2


@dataclass(frozen=True)
class Outage:
    """How many captures, how long it lasts, what the provider asks for, how waits are scaled."""

    captures: int
    seconds: float
    retry_after: int
    scale: float
    probes: int
    """How often it may be asked while it rests, at most."""


@dataclass
class Provider:
    """Answers 429 until it is up, and keeps when it was asked."""

    retry_after: int
    up: bool = False
    asked: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: dict[str, Any]) -> Reply:
        with self._lock:
            self.asked.append(time.monotonic())
        if not self.up:
            return failing(429, Retry_After=str(self.retry_after))(request)
        time.sleep(THINKS_SECONDS)
        with self._lock:
            self.answered.append(time.monotonic())
        return completed(json.dumps(verdict("normal")))

    def take_rate(self) -> float:
        """Answers a second, of those since the last time; and forget them."""
        taken, self.answered, self.asked = self.answered, [], []
        return (len(taken) - 1) / (taken[-1] - taken[0])


SHORT = Outage(captures=24, seconds=3, retry_after=1, scale=0.04, probes=3)
FULL = Outage(captures=500, seconds=60, retry_after=7, scale=1, probes=3)


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(SHORT, id="short"),
        pytest.param(FULL, id="full", marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
)
async def test_a_provider_that_is_down_is_left_alone_and_then_everything_is_judged(
    app: FastAPI, base_url: str, database: Database, outage: Outage
) -> None:
    provider = Provider(outage.retry_after)
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    with RESPONSES.start(provider) as running:
        async with (
            classifying(RESPONSES, running, retry_scale=outage.scale) as classifier,
            operating(base_url, owner) as me,
        ):
            await set_up(me, device, "Two posts stand there.", classifier="openai")
            worker = make_worker(
                app,
                {ClassifierName.OPENAI: classifier},
                ai_concurrency=SLOTS,
                retry_scale=outage.scale,
            )
            provider.up = True
            first = outage.captures // 5
            for number in range(first):
                await upload(me, device, number)
            working = asyncio.create_task(worker.run(app.state.bells))
            await settle(database, owner, first)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            nominal = provider.take_rate()

            provider.up = False
            for number in range(first, first + outage.captures):
                await upload(me, device, number)
            working = asyncio.create_task(worker.run(app.state.bells))
            await asyncio.sleep(outage.seconds)
            while_down = len(provider.asked)
            assert await count(database, owner, EvaluationStatus.COMPLETED) == first
            assert await count(database, owner, EvaluationStatus.FAILED) == 0
            provider.up = True
            await settle(database, owner, first + outage.captures)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    assert while_down <= FAILURES_IN_A_ROW + SLOTS + outage.probes
    rate = provider.take_rate()
    print(  # noqa: T201  # figures of a measurement; `-s` shows them
        f"{while_down} calls in {outage.seconds} s down; then {outage.captures} captures at "
        f"{rate:.1f}/s, {rate / nominal:.0%} of {nominal:.1f}/s before"
    )
    if outage is FULL:
        assert rate >= 0.8 * nominal


async def settle(database: Database, owner: Someone, captures: int) -> None:
    """Wait until so many are judged."""
    async with asyncio.timeout(captures * THINKS_SECONDS * 4 + 60):
        done = 0
        while done < captures:
            await asyncio.sleep(0.2)  # the worker is busy meanwhile
            done = await count(database, owner, EvaluationStatus.COMPLETED)


async def count(database: Database, owner: Someone, status: EvaluationStatus) -> int:
    async with database.work_for(owner.organization_id) as work:
        found = await work.scalar(
            select(func.count()).where(
                Capture.organization_id == owner.organization_id,
                Capture.evaluation_status == status,
            )
        )
        return int(found or 0)
