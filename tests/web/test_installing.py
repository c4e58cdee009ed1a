"""The pages can be installed as an app: what Chromium asks for before it offers that."""

import io
import re
from urllib.parse import urljoin

import httpx2
import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from cloud.accounts.cookies import cookie_name
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.assets import STATIC_DIRECTORY
from tests.web.conftest import Owner
from tests.web.driving import open_window
from tests.web.visitors import session_of

TOKENS = (STATIC_DIRECTORY / "css/tokens.css").read_text()
LARGEST_BYTES = 16_384
PRIVATE_WINDOW = "in-incognito"
"""A test's browser forgets everything, and nothing is installed from such a one."""


def grounds() -> list[str]:
    """The colour of the ground, light first."""
    return re.findall(r"--ground: (#[0-9a-f]{6})", TOKENS)[:2]


async def test_the_manifest_says_what_an_installed_app_needs(owner: Owner) -> None:
    page = await owner.browser.get("/ui")
    (address,) = re.findall(r'<link rel="manifest" href="([^"]+)"', page.text)
    assert "manifest-src 'self'" in page.headers["content-security-policy"]
    answer = await owner.browser.get(address)
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["name"] == manifest["short_name"] == "Visant"
    assert manifest["display"] == "standalone"
    assert manifest["start_url"].startswith(manifest["scope"])
    for start in [manifest["start_url"], *(each["url"] for each in manifest["shortcuts"])]:
        assert (await owner.browser.get(start)).status_code == 200
    assert manifest["theme_color"] == manifest["background_color"] == grounds()[0]
    purposes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= purposes
    for icon in manifest["icons"]:
        found = await owner.browser.get(urljoin(address, icon["src"]))
        assert found.headers["content-type"] == icon["type"]
        assert len(found.content) < LARGEST_BYTES
        if icon["type"] == "image/png":
            side = int(icon["sizes"].partition("x")[0])
            assert Image.open(io.BytesIO(found.content)).size == (side, side)


async def test_an_icon_that_is_cut_to_a_shape_fills_its_square(owner: Owner) -> None:
    page = (await owner.browser.get("/ui")).text
    (touch,) = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)"', page)
    found = Image.open(io.BytesIO((await owner.browser.get(touch)).content)).convert("RGBA")
    assert found.size == (180, 180)
    maskable = Image.open(STATIC_DIRECTORY / "icons/maskable-512.png").convert("RGBA")
    for picture in (found, maskable):
        assert picture.getchannel("A").getextrema() == (255, 255)


async def test_the_browsers_bar_has_the_colour_of_the_ground(
    owner: Owner, stranger: httpx2.AsyncClient
) -> None:
    light, dark = grounds()
    page = (await stranger.get("/login")).text
    assert f'content="{light}" media="(prefers-color-scheme: light)"' in page
    assert f'content="{dark}" media="(prefers-color-scheme: dark)"' in page
    assert 'rel="manifest"' not in page
    await owner.browser.put("/v1/auth/preferences", json={"theme": "dark"})
    chosen = (await owner.browser.get("/ui")).text
    assert re.findall(r'<meta name="theme-color" content="(#\w+)"', chosen) == [dark]


@pytest.mark.browser
async def test_chromium_finds_nothing_wrong_and_the_switch_is_kept_for_every_browser(
    browser: Browser, owner: Owner, base_url: str, database: Database, settings: Settings
) -> None:
    token = (await session_of(database, settings, owner.someone))[cookie_name(settings)]
    context = await browser.new_context(base_url=base_url, color_scheme="light")
    await context.add_cookies([{"name": cookie_name(settings), "value": token, "url": base_url}])
    window = await open_window(context)
    await window.page.goto("/ui")
    chrome = await context.new_cdp_session(window.page)
    said = await chrome.send("Page.getAppManifest")
    assert said["errors"] == []
    wrong = await chrome.send("Page.getInstallabilityErrors")
    assert {error["errorId"] for error in wrong["installabilityErrors"]} <= {PRIVATE_WINDOW}
    async with window.page.expect_response("**/v1/auth/preferences") as saved:
        await window.page.get_by_role("button", name="Light or dark").click()
    assert (await saved.value).ok
    bar = window.page.locator("meta[name=theme-color]").first
    await expect(bar).to_have_attribute("content", grounds()[1])
    assert window.complaints == []
    assert 'data-theme="dark"' in (await owner.browser.get("/ui")).text
    await context.clear_cookies()
    await window.page.goto("/login")  # for strangers this browser remembers
    await expect(bar).to_have_attribute("content", grounds()[1])
