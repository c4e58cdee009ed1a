"""Judging in tests: the evaluator's own turns, with classifiers that a test scripts."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, Question, Usage
from cloud.kit.database import Database
from cloud.workers import make_evaluation_worker
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, Someone, loopback_client, make_device, make_user


@dataclass
class ScriptedClassifier:
    """Answers what the test says, per device; everybody else's captures are normal to it."""

    name: ClassifierName = ClassifierName.BASELINE
    model: str = "scripted"
    scripts: dict[UUID, Callable[[Question], Answer]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    async def classify(self, question: Question) -> Answer:
        self.questions.append(question)
        script = self.scripts.get(question.device_id)
        return script(question) if script else answer_of(self.name, State.NORMAL)


def answer_of(name: ClassifierName, state: State, **changes: Any) -> Answer:
    fields: dict[str, Any] = {"score": 0.9, "reason": f"It looks {state}.", "usage": Usage()}
    return Answer(name, "scripted", state, **{**fields, **changes})


@dataclass(frozen=True)
class Bench:
    """One organization's owner and device, and the way to have its captures judged."""

    base_url: str
    owner: Someone
    device: SomeDevice
    classifier: ScriptedClassifier
    take_turn: Callable[[], Awaitable[int]]

    async def upload(self, picture: bytes | None = None, **fields: str) -> str:
        """Upload one picture; its record id."""
        async with loopback_client(base_url=self.base_url, timeout=30) as client:
            response = await client.post(
                "/v1/captures",
                headers=self.device.headers,
                files={"image": picture or encode(draw())},
                data={"captured_at": "2026-11-22T07:30:00Z", **fields},
            )
        assert response.status_code == 201, response.text
        return str(response.json()["record_id"])

    async def read(self, path: str) -> dict[str, Any]:
        return await self.call("GET", path)

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        async with loopback_client(base_url=self.base_url, timeout=30) as client:
            response = await client.request(method, path, headers=self.owner.headers, json=body)
        assert response.is_success, response.text
        return dict(response.json())

    @property
    def asked(self) -> list[Question]:
        """What was asked of this camera: a turn judges what other tests left as well."""
        mine = self.device.device_id
        return [each for each in self.classifier.questions if each.device_id == mine]

    async def judge(self, record_id: str) -> dict[str, Any]:
        """Take turns until this capture is through, or nothing is due any more."""
        while True:
            done = await self.take_turn()
            capture = await self.read(f"/v1/captures/{record_id}")
            if capture["evaluation_status"] in {"completed", "failed"} or not done:
                return capture


@pytest.fixture
def scripted(app: FastAPI) -> Iterator[ScriptedClassifier]:
    """In place of the baseline, for the length of a test."""
    before = dict(app.state.classifiers)
    classifier = ScriptedClassifier()
    app.state.classifiers[ClassifierName.BASELINE] = classifier
    yield classifier
    app.state.classifiers.clear()
    app.state.classifiers.update(before)


@pytest.fixture
async def bench(
    app: FastAPI, base_url: str, database: Database, scripted: ScriptedClassifier
) -> Bench:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    worker = make_evaluation_worker(app.state)
    return Bench(base_url, owner, device, scripted, worker.turn)
