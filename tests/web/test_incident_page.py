"""An incident's page shows what is wrong first: the picture, the evidence, and what can be done."""

import re

import pytest
from playwright.async_api import expect

from cloud.captures.models import Capture, State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.alerts.cameras import Camera
from tests.factories import make_device
from tests.web.conftest import Desk, Owner


async def test_it_names_the_camera_and_shows_the_latest_abnormal_picture_large(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id, friendly_name="Yard")
    camera = Camera(database, device, owner.someone)
    normal, _, latest, _ = await camera.judge_all("naau")
    page = (await owner.browser.get(f"/ui/incidents/{(await camera.incident()).id}")).text
    assert "<h1>Yard: not as it should be</h1>" in page
    stage = page[page.index("viewer-stage") : page.index("incident-words")]
    assert f'src="/ui/captures/{latest.id}/image"' in stage
    assert "Compare with what is normal" in stage
    assert f"/ui/captures/{normal.id}" in stage


async def test_its_captures_stand_in_one_row_the_latest_first_and_not_in_the_story(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    camera = Camera(database, device, owner.someone)
    first, second = await camera.judge_all("aa")
    page = (await owner.browser.get(f"/ui/incidents/{(await camera.incident()).id}")).text
    row, story = page[page.index('class="filmstrip"') :].split('id="incident-story"')
    found = re.findall(r'href="/ui/captures/([^"]+)"', row)
    assert found == [str(second.id), str(first.id)]
    assert "/ui/captures/" not in story


async def test_without_a_picture_there_is_still_what_can_be_done(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    camera = Camera(database, device, owner.someone)
    capture = await camera.judge(State.ABNORMAL, 0)
    async with database.work_for(device.organization_id) as work:
        (await work.session.get_one(Capture, capture.id)).deleted_at = utc_now()
    incident = await camera.incident()
    page = (await owner.browser.get(f"/ui/incidents/{incident.id}")).text
    assert "viewer-stage" not in page
    assert "Acknowledge" in page


@pytest.mark.browser
async def test_news_takes_no_comparison_away_and_the_picture_can_still_be_zoomed(
    desk: Desk, database: Database
) -> None:
    page = desk.page
    for kind in ("image", "thumbnail"):
        await page.route(f"**/{kind}", lambda route: route.fulfill(status=204))
    camera = Camera(database, desk.device, desk.owner.someone)
    await camera.judge_all("na")
    incident = await camera.incident()
    await page.goto(f"/ui/incidents/{incident.id}")
    await desk.press("c")
    await expect(page.locator(".is-reference")).to_be_visible()
    await desk.owner.browser.post(f"/ui/incidents/{incident.id}/acknowledge")
    await expect(page.locator("#incident-head .state")).to_contain_text("Acknowledged")
    await expect(page.locator("#incident-words")).not_to_contain_text("Acknowledge")
    await expect(page.locator(".is-reference")).to_be_visible()
    await desk.press("c")
    await expect(page.locator(".is-reference")).to_be_hidden()
    later = await camera.judge(State.ABNORMAL, 2)
    await expect(page.locator(f'#incident-picture [src$="{later.id}/image"]')).to_be_attached()
    await desk.press("+")
    await expect(page.locator("[data-zoom-level]")).to_have_text("1.5×")
