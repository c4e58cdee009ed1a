"""Comparing a capture with what is normal, and looking closer, in a real browser."""

from dataclasses import dataclass

import httpx2
import pytest
from playwright.async_api import FloatRect, Locator, Page, expect

from cloud.captures.models import State
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from tests.captures.pictures import draw, encode
from tests.factories import make_capture, signed_in
from tests.web.conftest import Desk

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Viewer:
    """The viewer of the newest of three captures; the first was called normal."""

    page: Page
    first: str
    newest: str

    @property
    def reference(self) -> Locator:
        return self.page.locator(".is-reference .viewer-picture")

    @property
    def capture(self) -> Locator:
        return self.page.locator(".is-capture .viewer-picture")


@pytest.fixture
async def viewer(desk: Desk, client: httpx2.AsyncClient, base_url: str) -> Viewer:
    first, _, newest = [await upload(client, desk) for _ in range(3)]
    async with signed_in(base_url, desk.owner.someone) as api:
        await api.put(f"/v1/captures/{first}/disposition", json={"verdict": "normal"})
    await desk.page.goto(f"/ui/cameras/{desk.device.unit_id}")
    return Viewer(desk.page, first, newest)


async def upload(client: httpx2.AsyncClient, desk: Desk) -> str:
    answer = await client.post(
        "/v1/captures",
        headers=desk.device.headers,
        files={"image": encode(draw(320, 240))},
        data={"captured_at": rfc3339(utc_now())},
    )
    return str(answer.json()["record_id"])


async def box_of(locator: Locator) -> FloatRect:
    box = await locator.bounding_box()
    assert box is not None
    return box


async def test_on_a_desk_both_stand_whole_and_go_along_to_the_next_capture(
    desk: Desk, viewer: Viewer
) -> None:
    await desk.press("j", "Enter")
    await expect(viewer.capture).to_be_visible()
    await expect(viewer.reference).to_be_hidden()
    await desk.press("c")
    await expect(viewer.reference).to_be_visible()
    assert viewer.first in str(await viewer.reference.get_attribute("src"))
    beside, own = await box_of(viewer.reference), await box_of(viewer.capture)
    assert beside["y"] + beside["height"] <= own["y"] or beside["x"] + beside["width"] <= own["x"]
    await expect(viewer.page.locator(".viewer-wipe")).to_be_hidden()
    await desk.press("j")
    await expect(viewer.page.locator("#viewer")).not_to_have_attribute(
        "data-capture", viewer.newest
    )
    await expect(viewer.reference).to_be_visible()
    await desk.press("c")
    await expect(viewer.reference).to_be_hidden()


async def test_on_a_phone_a_slider_wipes_one_over_the_other(desk: Desk, viewer: Viewer) -> None:
    page = viewer.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"/ui/captures/{viewer.newest}")
    await page.get_by_label("Compare with what is normal").check()
    assert await box_of(viewer.reference) == await box_of(viewer.capture)
    pane = page.locator(".viewer-pane.is-reference")
    await expect(pane).to_have_css("clip-path", "inset(0px 50% 0px 0px)")
    slider = page.get_by_label("How much of what is normal is shown")
    await slider.press("Home")
    await expect(pane).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
    await slider.press("PageUp")
    await expect(pane).to_have_css("clip-path", "inset(0px 90% 0px 0px)")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_both_are_looked_at_closer_at_the_same_spot(desk: Desk, viewer: Viewer) -> None:
    page = viewer.page
    await page.goto(f"/ui/captures/{viewer.newest}")
    await desk.press("c")
    whole = await box_of(viewer.capture)
    await desk.press("+")
    for picture in (viewer.capture, viewer.reference):
        assert (await box_of(picture))["width"] == pytest.approx(1.5 * whole["width"], abs=1)
    corner = await box_of(viewer.capture)
    await page.mouse.move(400, 600)
    await page.mouse.down()
    await page.mouse.move(430, 620)
    await page.mouse.up()
    moved = await box_of(viewer.capture)
    assert moved["x"] - corner["x"] == pytest.approx(30, abs=1)
    assert moved["y"] - corner["y"] == pytest.approx(20, abs=1)
    await desk.press("0")
    assert await box_of(viewer.capture) == whole
    await page.mouse.dblclick(400, 600)
    await expect(page.locator("[data-zoom-level]")).to_have_text("2.5×")
    assert desk.window.complaints == []


async def test_without_scripts_a_link_leads_to_what_it_is_compared_with(
    desk: Desk, database: Database
) -> None:
    normal = await make_capture(database, desk.device, state=State.NORMAL)
    odd = await make_capture(database, desk.device, state=State.ABNORMAL)
    page = (await desk.owner.browser.get(f"/ui/captures/{odd.id}")).text
    assert f'<a href="/ui/captures/{normal.id}">the capture of' in page
    assert "nobody has called one normal" in page
