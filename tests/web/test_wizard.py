"""Adding a camera, step by step: an id that cannot be added is said where it is typed."""

import pytest
from playwright.async_api import expect

from cloud.devices.spelling import new_unit_id
from cloud.kit.database import Database
from tests.devices.arranging import make_unit
from tests.web.conftest import Desk

pytestmark = pytest.mark.browser


async def test_an_id_is_checked_before_the_next_question_is_asked(
    desk: Desk, database: Database
) -> None:
    page = desk.page
    await page.goto("/ui/devices/add")
    typed = page.get_by_label("Id printed on the camera")
    code = page.get_by_label("Activation code")
    for unit_id, refusal in [
        (new_unit_id(), "There is no camera with this id"),
        (desk.device.unit_id, "This camera is yours already."),
    ]:
        await typed.fill(unit_id)
        await page.get_by_role("button", name="Continue").click()
        await page.wait_for_function(
            "([field, words]) => field.validationMessage.includes(words)",
            arg=[await typed.element_handle(), refusal],
        )
        await expect(typed).to_be_focused()
        await expect(code).to_be_hidden()
    await typed.fill(await make_unit(database))
    await page.get_by_role("button", name="Continue").click()
    await expect(code).to_be_visible()
    await expect(code).to_be_focused()


async def test_where_the_check_cannot_be_made_the_end_of_the_form_decides(desk: Desk) -> None:
    page = desk.page
    await page.goto("/ui/devices/add")
    await page.route("**/v1/devices/validate", lambda route: route.abort())
    await page.get_by_label("Id printed on the camera").fill(new_unit_id())
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_label("Activation code")).to_be_visible()
