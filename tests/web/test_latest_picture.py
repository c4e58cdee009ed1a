"""A camera's page begins with its latest picture, and keeps it so."""

import re
from datetime import timedelta

import httpx2
import pytest
from playwright.async_api import expect
from sqlalchemy import update

from cloud.captures.models import Capture, State
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, make_capture, make_device
from tests.web.conftest import Desk, Owner

UPPER_PART = 0.4
"""Of a window: the picture has to begin in it."""


async def upload(client: httpx2.AsyncClient, device: SomeDevice) -> str:
    answer = await client.post(
        "/v1/captures",
        headers=device.headers,
        files={"image": encode(draw(640, 360))},
        data={"captured_at": rfc3339(utc_now())},
    )
    return str(answer.json()["record_id"])


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height", "share"), [(1440, 900, 0.5), (390, 844, 1.0)])
async def test_the_page_begins_with_the_picture_as_large_as_there_is_room(
    desk: Desk, client: httpx2.AsyncClient, width: int, height: int, share: float
) -> None:
    page = desk.page
    await upload(client, desk.device)
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    picture = await page.locator("#latest img").bounding_box()
    assert picture is not None
    assert picture["y"] < UPPER_PART * height
    assert picture["width"] > share * 0.95 * width
    assert picture["y"] + picture["height"] < height
    button = await page.get_by_role("button", name="Take a picture now").bounding_box()
    assert button is not None
    assert button["y"] + button["height"] < height - 56  # the bar at a phone's foot


@pytest.mark.browser
async def test_a_desk_sees_what_is_normal_beside_the_picture_and_a_phone_opens_it(
    desk: Desk,
) -> None:
    page, words = desk.page, "Nobody is in view."
    await desk.owner.browser.post(
        f"/ui/cameras/{desk.device.unit_id}/description", data={"text": words}
    )
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    said = page.locator("#description .description-text")
    await expect(said).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(said).to_be_hidden()
    await page.get_by_text("About this camera").click()
    await expect(said).to_be_visible()


@pytest.mark.browser
async def test_it_opens_the_viewer_and_has_the_focus_again_after(
    desk: Desk, client: httpx2.AsyncClient
) -> None:
    page = desk.page
    older, newest = [await upload(client, desk.device) for _ in range(2)]
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    latest = page.locator("#latest .card-link")
    await latest.click()
    viewer = page.locator("#viewer")
    await expect(viewer).to_have_attribute("data-capture", newest)
    await desk.press("Escape")
    await expect(latest).to_be_focused()
    await latest.click()
    await expect(viewer).to_be_visible()
    await desk.press("j")
    await expect(viewer).to_have_attribute("data-capture", older)
    await desk.press("Escape")
    await expect(page.locator(f"#capture-{older} a")).to_be_focused()
    assert desk.window.complaints == []


async def test_its_card_is_that_of_the_newest_that_was_judged_whatever_the_news_is_of(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    now = utc_now()
    late = await make_capture(
        database, device, state=State.NORMAL, captured_at=now - timedelta(hours=1)
    )
    newest = await make_capture(
        database, device, state=State.ABNORMAL, captured_at=now - timedelta(seconds=9)
    )
    waiting = await make_capture(database, device, captured_at=now)
    for news in (late, newest, waiting):
        answer = await owner.browser.get(f"/ui/captures/{news.id}/card", params={"view": "latest"})
        assert f'data-capture="{newest.id}"' in answer.text
        assert "Abnormal" in answer.text


async def list_viewed(owner: Owner) -> list[tuple[str, str]]:
    """What the audit says was viewed, newest first."""
    audit = (await owner.browser.get("/v1/organization/audit")).json()["items"]
    return [(each["action"], each["subject"]) for each in audit if "viewed" in each["action"]]


async def test_a_page_left_open_is_noted_once_a_day_and_who_opens_a_picture_each_time(
    owner: Owner, database: Database, client: httpx2.AsyncClient
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    for _ in range(3):
        taken = await upload(client, device)
        page = await owner.browser.get(f"/ui/cameras/{device.unit_id}")
        (full,) = set(re.findall(rf"/ui/captures/{taken}/(?!thumbnail)\w+(?= \d+w)", page.text))
        assert (await owner.browser.get(full)).headers["content-type"] == "image/jpeg"
    await owner.browser.get(f"/ui/captures/{taken}/image")
    assert await list_viewed(owner) == [
        ("capture.viewed", taken),
        ("device.viewed", device.unit_id),
    ]


async def test_pictures_of_an_earlier_day_are_noted_as_such(
    owner: Owner, database: Database, client: httpx2.AsyncClient
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    taken = await upload(client, device)
    await owner.browser.get(f"/ui/captures/{taken}/glance")
    async with database.work_for(device.organization_id) as work:
        earlier = Capture.received_at - timedelta(days=3)
        await work.execute(update(Capture).values(received_at=earlier))
    for _ in range(2):
        await owner.browser.get(f"/ui/captures/{taken}/glance")
    assert await list_viewed(owner) == 2 * [("device.viewed", device.unit_id)]
