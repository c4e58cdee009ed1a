"""A camera with pictures that were judged by a first wording, and a second one to be tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, Question
from cloud.kit.clock import rfc3339, utc_now
from cloud.workers import make_replay_worker
from tests.evaluation.conftest import Bench, answer_of

FIRST, SECOND = "A clear bench with a vice.", "A clear bench; a cat may sit on it."


@dataclass(frozen=True)
class Trial:
    """The camera of a bench; `turn` takes one turn of the worker that judges replays."""

    bench: Bench
    turn: Callable[[], Awaitable[int]]

    @property
    def path(self) -> str:
        return f"/v1/devices/{self.bench.device.unit_id}/descriptions"

    def say(self, of_wording: dict[str, list[State]]) -> None:
        """Of each picture what each wording says of it, in the order in which they were taken."""
        order: list[Any] = []

        def script(question: Question) -> Answer:
            if question.capture_id not in order:
                order.append(question.capture_id)
            states = of_wording[str(question.description)]
            return answer_of(ClassifierName.BASELINE, states[order.index(question.capture_id)])

        self.bench.classifier.scripts[self.bench.device.device_id] = script

    async def take(self, count: int, *, hours: float = 1) -> list[str]:
        """Upload so many pictures, hours apart, and have each judged; their ids, oldest first."""
        began = utc_now() - timedelta(hours=hours * count)
        taken = []
        for number in range(count):
            at = began + timedelta(hours=hours * number)
            record_id = await self.bench.upload(captured_at=rfc3339(at))
            await self.bench.judge(record_id)
            taken.append(record_id)
        return taken

    async def write(self, *texts: str) -> None:
        for text in texts:
            await self.bench.call("POST", self.path, {"text": text})

    async def call_them(self, verdict: str, *record_ids: str) -> None:
        body = {"record_ids": list(record_ids), "verdict": verdict}
        await self.bench.call("PUT", "/v1/captures/dispositions", body)

    async def start(self, version: int = 2, **body: Any) -> str:
        """Ask for a replay; the address of its job."""
        path = f"{self.path}/{version}/replay"
        return f"{path}/{(await self.bench.call('POST', path, body))['id']}"

    async def finish(self) -> None:
        while await self.turn():
            pass

    async def run(self, version: int = 2, **body: Any) -> dict[str, Any]:
        """A replay, run to its end."""
        job = await self.start(version, **body)
        await self.finish()
        return await self.bench.read(job)


@pytest.fixture
def trial(app: FastAPI, bench: Bench) -> Trial:
    return Trial(bench, make_replay_worker(app.state).turn)
