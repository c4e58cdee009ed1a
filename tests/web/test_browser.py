"""What a person sees in a real browser, while pictures arrive and are judged."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import httpx2
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image, ImageDraw
from playwright.async_api import Browser, Page, expect

from cloud.accounts.cookies import cookie_name
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.workers import make_evaluation_worker
from tests.captures.pictures import draw, encode
from tests.devices.arranging import make_unit
from tests.factories import make_user
from tests.web.driving import Window, open_window, somewhere
from tests.web.visitors import session_of

pytestmark = pytest.mark.browser

PASSWORD = "kettle lantern orchard"
ENOUGH = 8
"""Pictures called normal until the baseline judges."""

Upload = Callable[[str, Image.Image], Awaitable[None]]


@dataclass(frozen=True)
class Camera:
    """A camera that is played by uploads, and the worker that judges them."""

    upload: Upload
    judge: Callable[[], Awaitable[None]]


@pytest.fixture
async def window(browser: Browser, base_url: str) -> AsyncIterator[Window]:
    context = await browser.new_context(base_url=base_url, extra_http_headers=somewhere())
    yield await open_window(context)
    await context.close()


@pytest.fixture
def camera(app: FastAPI, client: httpx2.AsyncClient) -> Camera:
    worker = make_evaluation_worker(app.state)

    async def upload(key: str, picture: Image.Image) -> None:
        answer = await client.post(
            "/v1/captures",
            headers={"Authorization": f"Bearer {key}"},
            files={"image": encode(picture)},
            data={"captured_at": rfc3339(utc_now())},
        )
        assert answer.status_code == 201, answer.text

    async def judge() -> None:
        while await worker.turn():
            pass

    return Camera(upload, judge)


def normal(seed: int) -> Image.Image:
    """The scene with a little noise of its own."""
    noise = np.random.default_rng(seed).normal(0, 2, (240, 320, 3))
    return Image.fromarray(np.clip(np.asarray(draw(320, 240)) + noise, 0, 255).astype(np.uint8))


def abnormal() -> Image.Image:
    """The scene with something in it that was never there."""
    picture = normal(99)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((80, 60, 220, 200), fill="white")
    pen.ellipse((110, 90, 190, 170), fill="black")
    return picture


@pytest.mark.timeout(120)
async def test_from_sign_up_to_a_resolved_incident(
    window: Window, camera: Camera, database: Database
) -> None:
    page = window.page
    await sign_up(page)
    key = await add_camera(page, await make_unit(database))
    await expect(page.get_by_text("No picture yet")).to_be_visible()
    cards = page.locator("#captures > .card")
    await camera.upload(key, normal(0))
    await expect(cards.first.get_by_text("Being judged")).to_be_visible()
    await camera.judge()
    await expect(cards.first.get_by_text("Uncertain")).to_be_visible()
    for seed in range(1, ENOUGH):
        await camera.upload(key, normal(seed))
    await camera.judge()
    await expect(cards).to_have_count(ENOUGH)
    await expect(cards.get_by_text("Uncertain")).to_have_count(ENOUGH)

    await page.reload()
    await page.get_by_role("button", name="These are normal").click()
    await expect(page.get_by_text("New captures are compared with these.")).to_be_visible()
    await expect(page.locator("#learning")).to_have_count(0)

    await camera.upload(key, abnormal())
    await camera.judge()
    await expect(cards.first.get_by_text("Abnormal")).to_be_visible()
    await expect(page.locator(".rail-count").first).to_contain_text("1")
    await cards.first.locator("a").click()
    await expect(page.locator("#viewer .is-capture .evidence")).to_be_visible()
    await page.keyboard.press("2")
    await expect(page.locator("#dispositions [aria-pressed=true]")).to_contain_text("Abnormal")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#viewer .state", has_text="Uncertain").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(cards.first.get_by_text("You said: abnormal")).to_be_visible()

    await settle_incident(page)
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_text("You are logged out.")).to_be_visible()
    assert window.complaints == []


async def sign_up(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Sign up").click()
    await page.fill("#field-email", f"{uuid4().hex[:12]}@example.test")
    await page.fill("#field-password", PASSWORD)
    await page.get_by_role("button", name="Create account").click()


async def add_camera(page: Page, unit_id: str) -> str:
    """Go through the wizard, step by step, and on to the camera's page; the camera's key."""
    await expect(page).to_have_title("Add camera · Visant")
    await page.fill("#field-device_id", unit_id)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await page.fill("#field-friendly_name", "Tool wall")
    await page.get_by_role("button", name="Continue").click()
    await page.fill("#field-description", "Five tools hang on the wall.")
    await page.get_by_role("button", name="Add camera").click()
    await page.get_by_text("Use the key itself").click()
    key = await page.get_by_role("button", name="Copy the key").get_attribute("data-copy")
    assert key is not None
    await page.goto(f"/ui/cameras/{unit_id}")
    return key


async def settle_incident(page: Page) -> None:
    """Find the open incident in the list, acknowledge it, resolve it."""
    await page.get_by_role("link", name="Incidents").click()
    await page.get_by_role("link", name="Tool wall").click()
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.locator(".state.is-large")).to_contain_text("Acknowledged")
    await page.get_by_role("button", name="It was real").click()
    await expect(page.locator(".state.is-large")).to_contain_text("Resolved")


async def test_a_lost_connection_is_said_and_its_return_too(
    window: Window, base_url: str, database: Database, settings: Settings
) -> None:
    owner = await make_user(database)
    token = (await session_of(database, settings, owner))[cookie_name(settings)]
    page = window.page
    await page.context.add_cookies(
        [{"name": cookie_name(settings), "value": token, "url": base_url}]
    )
    stream = "**/v1/capture-events/stream"
    await page.route(stream, lambda route: route.abort())
    await page.goto("/ui")
    line = page.locator("#connection")
    await expect(line).to_contain_text("Connection lost", timeout=15_000)
    await page.unroute(stream)
    await expect(line).to_be_hidden(timeout=15_000)
