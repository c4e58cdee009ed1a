"""In a real browser: a link is made, opened by a stranger with its passcode, and taken back."""

import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, ViewportSize, expect

from cloud.accounts.cookies import cookie_name
from cloud.captures.models import State
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.sharing.arranging import Sharer, sharing
from tests.web.driving import open_window, somewhere
from tests.web.visitors import session_of

pytestmark = pytest.mark.browser

OF_ONE_LINK = re.compile(r"/ui/shares/[0-9a-f-]{36}")
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture
async def sharer(app: FastAPI, database: Database, base_url: str) -> AsyncIterator[Sharer]:
    async with sharing(database, app.state.store, base_url) as sharer:
        yield sharer


async def test_from_sharing_to_revoking(
    sharer: Sharer, browser: Browser, base_url: str, database: Database, settings: Settings
) -> None:
    await sharer.capture(state=State.ABNORMAL, reason="The drill is gone.")
    cookies = await session_of(database, settings, sharer.someone)
    name = cookie_name(settings)
    inside = await browser.new_context(base_url=base_url, extra_http_headers=somewhere())
    await inside.add_cookies([{"name": name, "value": cookies[name], "url": base_url}])
    owner = await open_window(inside)
    await owner.page.goto(f"/ui/cameras/{sharer.device.unit_id}")
    await owner.page.get_by_role("link", name="Share", exact=True).click()
    await owner.page.get_by_label("Passcode").fill("quince")
    await owner.page.get_by_role("button", name="Make the link").click()
    link = await owner.page.locator("[data-copy]").get_attribute("data-copy")
    assert link is not None
    await expect(owner.page).to_have_url(OF_ONE_LINK)
    await owner.page.reload()
    await expect(owner.page.get_by_role("heading", name="Views")).to_be_visible()
    await owner.page.locator("#main").get_by_role("link", name="Shares").click()
    await expect(owner.page.locator("#shares > li")).to_have_count(1)

    outside = await browser.new_context(
        base_url=base_url, viewport=PHONE, extra_http_headers=somewhere()
    )
    guest = await open_window(outside)
    await guest.page.goto(link.removeprefix(settings.base_url))
    guest.complaints.clear()  # a browser calls 401 an error
    await guest.page.get_by_label("Passcode").fill("quince")
    await guest.page.get_by_role("button", name="Open").click()
    card = guest.page.locator("#shared-captures > .card")
    await expect(card.get_by_text("The drill is gone.")).to_be_visible()
    await expect(guest.page.get_by_text("in your local time")).to_be_visible()
    await sharer.capture(state=State.NORMAL, reason="All is back.")
    await guest.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(card.first.get_by_text("All is back.")).to_be_visible()
    await card.first.get_by_role("link").click()
    await expect(guest.page.get_by_role("img", name="All is back.")).to_be_visible()
    width = await guest.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    assert guest.complaints == []

    await owner.page.reload()
    await owner.page.get_by_text("Revoke", exact=True).click()
    await owner.page.get_by_role("button", name="Revoke for good").click()
    await expect(owner.page.get_by_text("Nobody sees anything by that link")).to_be_visible()
    assert owner.complaints == []
    over = await guest.page.reload()
    assert over is not None
    assert over.status == 410


async def test_a_page_that_is_open_after_its_visit_says_so_and_uses_no_view_up(
    sharer: Sharer, browser: Browser, base_url: str
) -> None:
    made = await sharer.share(max_views=2)
    context = await browser.new_context(base_url=base_url, extra_http_headers=somewhere())
    guest = await open_window(context)
    await guest.page.goto(f"/s/{made['token']}")
    await context.clear_cookies()
    for _ in range(2):
        await guest.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(guest.page.get_by_text("Your visit is over.")).to_be_visible()
    assert (await sharer.link(made))["view_count"] == 1
