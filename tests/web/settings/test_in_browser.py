"""Settings and the trigger button as people use them, in a real browser."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from cloud.kit.database import Database
from cloud.triggers.telling import take_telling_turn
from cloud.workers import make_evaluation_worker
from tests.device.test_with_cloud import hear, start_client
from tests.web.settings.conftest import Setting

OF_SETTINGS = re.compile(r"/settings(/danger)?$")

pytestmark = pytest.mark.browser


async def test_settings_are_changed_on_a_phone_and_a_slip_is_kept(
    phone: Page, setting: Setting
) -> None:
    await phone.goto(f"/ui/cameras/{setting.device.unit_id}")
    await phone.locator("#camera-head").get_by_role("link", name="Settings").click()
    await phone.get_by_label("Width").fill("64")
    await phone.get_by_role("button", name="Save").click()
    await expect(phone.get_by_text("Must be a whole number from 160 to 8192.")).to_be_visible()
    await expect(phone.get_by_label("Width")).to_have_value("64")
    await phone.get_by_label("Width").fill("640")
    await phone.get_by_role("button", name="Save").click()
    await expect(phone.get_by_text("Saved.")).to_be_visible()
    assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    config = (await setting.api.get(setting.config_path)).json()
    assert config["capture"]["width"] == 640


async def test_the_open_tab_is_in_view_and_the_page_names_the_camera(
    phone: Page, setting: Setting
) -> None:
    for tab in ("danger", "description", "notifications"):
        await phone.goto(setting.page(tab))
        await expect(phone.locator(".tab[aria-current]")).to_be_in_viewport(ratio=1)
        heading = phone.get_by_role("heading", level=1)
        await expect(heading).to_have_text("Bench camera: settings")


async def test_what_depends_on_a_switch_is_there_while_it_is_on(
    phone: Page, setting: Setting
) -> None:
    await phone.goto(setting.page("verdict"))
    longest = phone.get_by_label("For how long")
    await expect(longest).to_be_hidden()
    await phone.get_by_label("Use a normal verdict again").check()
    await expect(longest).to_be_visible()
    await longest.fill("0")
    await phone.get_by_label("Use a normal verdict again").uncheck()
    await phone.get_by_role("button", name="Save").click()
    await expect(longest).to_be_focused()


async def test_a_new_key_that_is_shown_is_not_made_anew_by_a_reload(
    phone: Page, setting: Setting
) -> None:
    await phone.goto(setting.page("danger"))
    await phone.get_by_text("Make a new key", exact=True).click()
    await phone.get_by_role("button", name="End the old key").click()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("The new key")
    await expect(phone).to_have_url(OF_SETTINGS)
    await phone.reload()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Bench camera: settings")


async def test_a_mask_is_drawn_by_pressing_its_corners(phone: Page, setting: Setting) -> None:
    await phone.goto(setting.page("privacy"))
    picture = phone.locator("#mask-picture")
    box = await picture.bounding_box()
    assert box is not None
    for across, down in ((0.1, 0.2), (0.5, 0.2), (0.5, 0.6), (0.9, 0.9)):
        await picture.click(position={"x": across * box["width"], "y": down * box["height"]})
    await phone.get_by_role("button", name="Last corner back").click()
    await phone.get_by_role("button", name="Add mask").click()
    await expect(phone.get_by_text("Saved.")).to_be_visible()
    (mask,) = (await setting.api.get(setting.config_path)).json()["privacy"]["masks"]
    flat = [value for corner in mask for value in corner]
    assert flat == pytest.approx([0.1, 0.2, 0.5, 0.2, 0.5, 0.6], abs=0.02)


@pytest.mark.timeout(120)
async def test_a_picture_is_asked_for_and_followed_until_it_is_judged(
    phone: Page, setting: Setting, app: FastAPI, base_url: str, database: Database, tmp_path: Path
) -> None:
    client = await start_client(base_url, setting.device, tmp_path)
    await hear(client, "Connected")
    await phone.goto(f"/ui/cameras/{setting.device.unit_id}")
    await phone.get_by_role("button", name="Take a picture now").click()
    done = phone.locator(".trigger-step.is-done")
    await expect(done.first).to_contain_text("asked")
    await hear(client, "status=done")
    while await take_telling_turn(database):
        pass
    await expect(phone.locator(".trigger-line")).to_contain_text("captured")
    await expect(done).to_have_count(3)
    worker = make_evaluation_worker(app.state)
    while await worker.turn():
        pass
    await expect(done).to_have_count(4)
    await expect(done.last).to_contain_text("judged")
    client.terminate()
    await client.communicate()
