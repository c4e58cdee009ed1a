"""Whoever signs up reads times by their own clock."""

import httpx2
import pytest
from playwright.async_api import Browser, expect

from tests.accounts.people import PASSWORD, fresh_email
from tests.web.driving import open_window


async def zone_on_page(stranger: httpx2.AsyncClient, browser_zone: str) -> str:
    """The zone that the settings show to whoever signs up by a browser in that one."""
    form = {"email": fresh_email(), "password": PASSWORD, "browser_zone": browser_zone}
    joined = await stranger.post("/signup", data=form)
    assert (joined.status_code, joined.headers["location"]) == (303, "/")
    return str((await stranger.get("/v1/organization")).json()["time_zone"])


@pytest.mark.parametrize(
    ("browser_zone", "kept"), [("Europe/Zurich", "Europe/Zurich"), ("", "UTC"), ("Moon/Far", "UTC")]
)
async def test_a_new_organization_goes_by_the_clock_of_who_founds_it(
    stranger: httpx2.AsyncClient, browser_zone: str, kept: str
) -> None:
    assert await zone_on_page(stranger, browser_zone) == kept


@pytest.mark.browser
async def test_the_browser_names_its_zone(browser: Browser, base_url: str) -> None:
    context = await browser.new_context(base_url=base_url, timezone_id="Asia/Tokyo")
    window = await open_window(context)
    await window.page.goto("/signup")
    await expect(window.page.locator("[name=browser_zone]")).to_have_value("Asia/Tokyo")
    await context.close()
