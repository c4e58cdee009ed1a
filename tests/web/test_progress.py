"""What takes longer than 300 ms shows that it goes on, and nothing on a page jumps meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from playwright.async_api import Page, Route, expect

from cloud.captures.models import State
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from tests.captures.pictures import draw, encode
from tests.factories import make_capture
from tests.web.conftest import Desk

pytestmark = pytest.mark.browser

LINE = "getComputedStyle(document.body, '::before').opacity"
"""How much of the line is seen: 0 or 1."""


async def wait_until(page: Page, claim: str) -> None:
    """A function given to the page: its policy lets nobody run a text."""
    await page.wait_for_function(f"() => {claim}")


@asynccontextmanager
async def held(page: Page, pattern: str) -> AsyncIterator[asyncio.Event]:
    """Answers come only once that is set, or at the end."""
    let_go = asyncio.Event()

    async def wait(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route(pattern, wait)
    yield let_go
    let_go.set()
    await page.unroute_all(behavior="wait")


TELL_OF_LINE = f"""() => {{
    const look = () => {LINE} === "1" ? console.info("a line") : requestAnimationFrame(look);
    look();
}}"""
"""While a page gives way to another, nothing can be asked of it: it has to tell."""


async def test_a_page_that_is_slow_to_come_shows_a_line_and_takes_no_key(desk: Desk) -> None:
    page = desk.page
    await page.goto("/ui")
    devices = page.get_by_role("link", name="Devices")
    async with held(page, "**/ui/devices") as let_go:
        async with page.expect_console_message(lambda said: said.text == "a line"):
            await page.evaluate(TELL_OF_LINE)
            seen = await devices.evaluate(f"link => {{ link.click(); return {LINE}; }}")
            assert seen == "0"
        await desk.press("g", "i")
        let_go.set()
        await page.wait_for_url("**/ui/devices")
    assert await page.evaluate(LINE) == "0"


async def test_a_part_that_is_slow_to_come_shows_the_line_and_keys_go_on(
    desk: Desk, database: Database
) -> None:
    page = desk.page
    for _ in range(2):
        await make_capture(database, desk.device, state=State.NORMAL)
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    async with held(page, "**/ui/cameras/*?*") as let_go:
        await page.get_by_label("Abnormal").check()
        await wait_until(page, f"{LINE} === '1'")
        await desk.press("j")
        await expect(page.locator("#captures .card-link").first).to_be_focused()
        let_go.set()
        await expect(page.get_by_text("Nothing matches")).to_be_visible()
    await expect(page.locator("body")).not_to_have_class("is-waiting")


async def test_a_capture_that_is_slow_to_open_shows_the_line(
    desk: Desk, database: Database
) -> None:
    page = desk.page
    await make_capture(database, desk.device, state=State.NORMAL)
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    async with held(page, "**/ui/captures/*") as let_go:
        await page.locator("#captures .card-link").click()
        await wait_until(page, f"{LINE} === '1'")
        let_go.set()
        await expect(page.locator("#viewer")).to_be_visible()
    assert await page.evaluate(LINE) == "0"


async def test_what_is_saved_to_a_file_leaves_the_page_as_it_is(
    desk: Desk, client: httpx2.AsyncClient
) -> None:
    page = desk.page
    uploaded = await upload(client, desk)
    await page.goto(f"/ui/captures/{uploaded}")
    body = page.locator("body")
    async with page.expect_download():
        await page.get_by_role("link", name="Download").click()
    await expect(body).not_to_have_attribute("aria-busy", "true")
    await page.clock.install()
    await page.goto("/ui/settings/data")
    async with page.expect_download():
        await page.get_by_role("button", name="Save everything").click()
    await page.clock.fast_forward(20_000)
    await expect(body).not_to_have_attribute("aria-busy", "true")


async def test_a_picture_that_comes_late_has_its_room_from_the_start(
    desk: Desk, client: httpx2.AsyncClient
) -> None:
    page = desk.page
    await upload(client, desk)
    async with held(page, "**/thumbnail") as let_go:
        for path in ("/ui", f"/ui/cameras/{desk.device.unit_id}"):
            await page.goto(path, wait_until="domcontentloaded")
            card = page.locator(".card").last
            room = await card.bounding_box()
            coming = await page.locator(".card-picture").last.evaluate(
                "element => getComputedStyle(element).backgroundImage"
            )
            assert "coming.svg" in coming
            let_go.set()
            await wait_until(page, "document.querySelector('.card-picture img').naturalWidth > 0")
            assert await card.bounding_box() == room
            let_go.clear()


async def upload(client: httpx2.AsyncClient, desk: Desk) -> str:
    answer = await client.post(
        "/v1/captures",
        headers=desk.device.headers,
        files={"image": encode(draw(320, 240))},
        data={"captured_at": rfc3339(utc_now())},
    )
    return str(answer.json()["record_id"])
