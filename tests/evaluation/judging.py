"""Judging with a model's stand-in through the whole product: uploads, queue, verdict, ledger."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import numpy as np
from fastapi import FastAPI
from PIL import Image
from starlette.datastructures import State as AppState

from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Classifier
from cloud.kit.worker import ClaimWorker
from cloud.workers import make_evaluation_worker
from tests.captures.pictures import encode
from tests.factories import SomeDevice, Someone, loopback_client


def make_worker(
    app: FastAPI, classifiers: Mapping[ClassifierName, Classifier], **settings: Any
) -> ClaimWorker:
    """The evaluation worker of the application, with other classifiers and settings."""
    changed = app.state.settings.model_copy(update=settings)
    parts = {**app.state._state, "settings": changed, "classifiers": classifiers}
    return make_evaluation_worker(AppState(parts))


@asynccontextmanager
async def operating(base_url: str, owner: Someone) -> AsyncIterator[httpx2.AsyncClient]:
    async with loopback_client(base_url=base_url, headers=owner.headers, timeout=60) as client:
        yield client


async def set_up(
    client: httpx2.AsyncClient, device: SomeDevice, description: str, **evaluation: Any
) -> None:
    """Give a camera its description, and say who judges."""
    path = f"/v1/devices/{device.unit_id}"
    (await client.post(f"{path}/descriptions", json={"text": description})).raise_for_status()
    (await client.put(f"{path}/config", json={"evaluation": evaluation})).raise_for_status()


async def upload(client: httpx2.AsyncClient, device: SomeDevice, number: int) -> str:
    response = await client.post(
        "/v1/captures",
        headers=device.headers,
        files={"image": a_scene(number)},
        data={"captured_at": f"2026-11-22T07:{number // 60 % 60:02}:{number % 60:02}Z"},
    )
    assert response.status_code == 201, response.text
    return str(response.json()["record_id"])


def a_scene(number: int) -> bytes:
    """The same scene each time, with the noise of its own that a real camera has."""
    pixels = np.tile(np.linspace(60, 190, 320), (240, 1))
    pixels[60:180, 80:100] = pixels[60:180, 220:240] = 30
    noise = np.random.default_rng(number).normal(0, 2, (240, 320))
    grey = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return encode(Image.fromarray(grey).convert("RGB"))
