"""A draft is written, tried on the past, seen to be wrong, put right and put in force."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, expect

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, Question
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.workers import make_evaluation_worker, make_replay_worker
from tests.captures.pictures import draw, encode
from tests.evaluation.conftest import ScriptedClassifier, answer_of
from tests.factories import SomeDevice, make_device, make_user, signed_in
from tests.web.driving import Window, open_window, somewhere
from tests.web.visitors import session_of

pytestmark = pytest.mark.browser

FIRST = "The bench is clear. The lamp is on."
LENIENT = "The bench may hold anything. The lamp is on."
RIGHT = "The bench is clear but for a cat. The lamp is on."


@pytest.fixture
def reader(app: FastAPI) -> Iterator[ScriptedClassifier]:
    """A classifier that reads, in place of OpenAI's, for the length of a test."""
    before = dict(app.state.classifiers)
    classifier = ScriptedClassifier(ClassifierName.OPENAI)
    app.state.classifiers[ClassifierName.OPENAI] = classifier
    yield classifier
    app.state.classifiers.clear()
    app.state.classifiers.update(before)


def judge(question: Question) -> Answer:
    """Two kinds of pictures, told apart by their size: a tall one shows what is wrong."""
    wrong = len(question.jpeg) > BIG
    if question.description == LENIENT or not wrong:
        return answer_of(ClassifierName.OPENAI, State.NORMAL, reason="All is as described.")
    return answer_of(ClassifierName.OPENAI, State.ABNORMAL, reason="A box stands on the bench.")


GOOD, BAD = encode(draw(160, 120)), encode(draw(640, 480))
BIG = (len(GOOD) + len(BAD)) // 2


async def fill(app: FastAPI, client: httpx2.AsyncClient, device: SomeDevice) -> list[str]:
    """Six pictures over some hours, the third one wrong, judged; their ids, oldest first."""
    worker, taken = make_evaluation_worker(app.state), []
    for number in range(6):
        answer = await client.post(
            "/v1/captures",
            headers=device.headers,
            files={"image": BAD if number == 2 else GOOD},
            data={"captured_at": rfc3339(utc_now() - timedelta(hours=6 - number))},
        )
        taken.append(str(answer.json()["record_id"]))
        while await worker.turn():
            pass
    return taken


@pytest.mark.timeout(120)
async def test_a_draft_that_misses_what_was_caught_is_seen_and_put_right(
    app: FastAPI,
    base_url: str,
    browser: Browser,
    client: httpx2.AsyncClient,
    database: Database,
    settings: Settings,
    reader: ScriptedClassifier,
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    reader.scripts[device.device_id] = judge
    path = f"/v1/devices/{device.unit_id}"
    async with signed_in(base_url, owner) as api:
        await api.put(f"{path}/config", json={"evaluation": {"classifier": "openai"}})
        await api.post(f"{path}/descriptions", json={"text": FIRST})
        taken = await fill(app, client, device)
        await api.put(f"/v1/captures/{taken[2]}/disposition", json={"verdict": "abnormal"})
    window = await sign_in(browser, base_url, await session_of(database, settings, owner))
    page, replays = window.page, make_replay_worker(app.state)

    async def write(text: str) -> None:
        await page.goto(f"/ui/devices/{device.unit_id}/settings/description")
        await page.get_by_label("Description", exact=True).fill(text)
        await page.get_by_role("button", name="Save as a draft").click()
        await expect(page.get_by_text("Saved as a draft.")).to_be_visible()

    async def try_it() -> None:
        await page.get_by_role("button", name="Try it on the past").click()
        await expect(page.get_by_text("Judged 0 of 6 pictures.")).to_be_visible()
        while await replays.turn():
            pass
        await expect(page.get_by_text("Verdicts on record, and what they would be")).to_be_visible()

    await write(LENIENT)
    await try_it()
    await expect(page.locator(".matrix td.is-changed")).to_have_text("1")
    changed = page.locator(".changed-item")
    await expect(changed).to_have_count(1)
    await expect(changed.get_by_text("A box stands on the bench.")).to_be_visible()
    await expect(changed.get_by_text("All is as described.")).to_be_visible()
    await page.reload()
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.get_by_text("It misses pictures that were called abnormal")).to_be_visible()

    await write(RIGHT)
    await try_it()
    await expect(page.get_by_text("No picture would be judged otherwise.")).to_be_visible()
    await page.get_by_role("button", name="Put it in force").click()
    await expect(page.get_by_text("It counts from the next capture.")).to_be_visible()
    await expect(page.locator("#version-title + .state")).to_have_text("In force")
    assert window.complaints == []


async def sign_in(browser: Browser, base_url: str, cookies: dict[str, str]) -> Window:
    context = await browser.new_context(base_url=base_url, extra_http_headers=somewhere())
    await context.add_cookies(
        [{"name": name, "value": value, "url": base_url} for name, value in cookies.items()]
    )
    return await open_window(context)
