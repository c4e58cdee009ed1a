"""The baseline through the whole product: uploads, dispositions, verdicts."""

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image, ImageDraw
from sqlalchemy import select

from cloud.evaluation.baseline.memory import MINIMUM_REFERENCES
from cloud.evaluation.models import BaselineReference, ReferenceSource
from cloud.kit.database import Database
from cloud.workers import make_evaluation_worker
from device.wire import Mask
from tests.captures.pictures import encode
from tests.evaluation.conftest import Bench, ScriptedClassifier
from tests.factories import make_device, make_user

LEFT_SHELVES: Mask = ((0.0, 0.0), (0.28, 0.0), (0.28, 1.0), (0.0, 1.0))


@pytest.fixture
async def real_bench(app: FastAPI, base_url: str, database: Database) -> Bench:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    worker = make_evaluation_worker(app.state)
    return Bench(base_url, owner, device, ScriptedClassifier(), worker.turn)


def picture(seed: int, *, stranger: bool = False) -> bytes:
    """A shelf of jars under light that flickers a little; a stranger stands before it."""
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", (320, 240), (150, 145, 138))
    pen = ImageDraw.Draw(image)
    for row in (70, 150, 230):
        pen.rectangle((0, row, 320, row + 6), fill=(90, 70, 50))
        for column in range(20, 300, 45):
            colour = ((column * 3) % 200, (row * 2) % 220, 120)
            pen.ellipse((column, row - 45, column + 28, row), fill=colour, outline=(40, 40, 40))
    if stranger:
        pen.ellipse((120, 40, 180, 100), fill=(220, 180, 150))
        pen.rectangle((100, 100, 200, 240), fill=(30, 40, 110))
    pixels = np.asarray(image, np.float32) * chance.uniform(0.95, 1.05)
    noisy = np.clip(pixels + chance.normal(0, 3, pixels.shape), 0, 255).astype(np.uint8)
    return encode(Image.fromarray(noisy), quality=88)


async def teach(bench: Bench, count: int) -> list[str]:
    record_ids = [await bench.upload(picture(seed)) for seed in range(count)]
    body = {"record_ids": record_ids, "verdict": "normal"}
    answer = await bench.call("PUT", "/v1/captures/dispositions", body)
    assert answer == {"updated": count}
    return record_ids


async def references(bench: Bench, database: Database) -> list[tuple[str, str]]:
    async with database.work_for(bench.owner.organization_id) as work:
        rows = await work.execute(
            select(BaselineReference.capture_id, BaselineReference.source).where(
                BaselineReference.features.is_not(None)
            )
        )
        return [(str(row.capture_id), row.source) for row in rows]


async def test_while_learning_every_verdict_is_uncertain_and_says_how_far(
    real_bench: Bench,
) -> None:
    await teach(real_bench, 2)
    capture = await real_bench.judge(await real_bench.upload(picture(50, stranger=True)))
    assert capture["state"] == "uncertain"
    assert capture["reason"] == "Still learning: 2 of the 8 pictures it needs were called normal."
    assert (await real_bench.read("/v1/incidents"))["incidents"] == []


async def test_once_taught_it_tells_normal_from_abnormal_and_where(real_bench: Bench) -> None:
    await teach(real_bench, MINIMUM_REFERENCES)
    calm = await real_bench.judge(await real_bench.upload(picture(60)))
    assert calm["state"] == "normal", calm["reason"]
    strange = await real_bench.judge(await real_bench.upload(picture(61, stranger=True)))
    assert strange["state"] == "abnormal", strange["reason"]
    x, y, width, height = strange["evidence"]["box"]
    assert x < 0.47 < x + width
    assert y < 0.6 < y + height
    assert strange["agents"][0]["classifier"] == "baseline"
    assert strange["agents"][0]["cost_usd"] == 0


async def test_a_word_taken_back_leaves_the_memory(real_bench: Bench, database: Database) -> None:
    taught = await teach(real_bench, MINIMUM_REFERENCES)
    await real_bench.judge(await real_bench.upload(picture(70)))
    assert {source for _, source in await references(real_bench, database)} >= {
        ReferenceSource.DISPOSITION
    }
    path = f"/v1/captures/{taught[0]}/disposition"
    await real_bench.call("PUT", path, {"verdict": "abnormal"})
    capture = await real_bench.judge(await real_bench.upload(picture(71)))
    assert capture["reason"] == "Still learning: 7 of the 8 pictures it needs were called normal."
    assert taught[0] not in {record for record, _ in await references(real_bench, database)}


async def test_the_memory_is_bounded(real_bench: Bench, database: Database) -> None:
    await teach(real_bench, 20)
    await real_bench.judge(await real_bench.upload(picture(80)))
    kept = await references(real_bench, database)
    assert sum(source == ReferenceSource.DISPOSITION for _, source in kept) == 16


async def test_a_mask_that_is_added_is_nothing_strange_and_beside_it_all_is_seen(
    real_bench: Bench,
) -> None:
    await teach(real_bench, MINIMUM_REFERENCES)
    await mask(real_bench, LEFT_SHELVES)
    calm = await real_bench.judge(await real_bench.upload(picture(90)))
    assert calm["state"] == "normal", calm["reason"]
    strange = await real_bench.judge(await real_bench.upload(picture(91, stranger=True)))
    assert strange["state"] == "abnormal", strange["reason"]


async def test_what_a_mask_had_covered_is_learned_before_it_is_judged(real_bench: Bench) -> None:
    await mask(real_bench, LEFT_SHELVES)
    await teach(real_bench, MINIMUM_REFERENCES)
    await mask(real_bench)
    capture = await real_bench.judge(await real_bench.upload(picture(92)))
    assert capture["state"] == "uncertain"
    assert capture["reason"].startswith("Still learning: 0 of the 8 pictures")
    await mask(real_bench, LEFT_SHELVES)
    again = await real_bench.judge(await real_bench.upload(picture(93)))
    assert again["state"] == "normal", again["reason"]


async def mask(bench: Bench, *masks: Mask) -> None:
    await bench.call(
        "PUT", f"/v1/devices/{bench.device.unit_id}/config", {"privacy": {"masks": masks}}
    )
