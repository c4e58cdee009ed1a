"""Whoever goes about by keys stays where they were, or is led to where they are needed."""

import pytest
from playwright.async_api import Page, expect

from cloud.captures.models import State
from cloud.kit.database import Database
from tests.factories import make_capture
from tests.web.conftest import Desk

pytestmark = pytest.mark.browser


async def send_unchecked(page: Page, button: str) -> None:
    """Press it where the browser checks nothing itself."""
    await page.get_by_role("button", name=button, exact=True).evaluate(
        "button => { button.form.noValidate = true; button.click(); }"
    )


async def test_a_refused_form_leads_to_its_first_wrong_field(desk: Desk) -> None:
    page = desk.page
    await page.goto(f"/ui/cameras/{desk.device.unit_id}/share")
    await page.get_by_label("Most views").fill("-1")
    await page.get_by_label("Passcode").fill("abc")
    await send_unchecked(page, "Make the link")
    await expect(page.get_by_role("alert")).to_have_text("2 fields need another look.")
    await expect(page.get_by_label("Most views")).to_be_focused()


async def test_a_refused_form_of_a_stranger_does_too(desk: Desk) -> None:
    page = desk.page
    await page.context.clear_cookies()
    await page.goto("/signup")
    await page.get_by_label("E-mail").fill("anna@example.com")
    await page.get_by_label("Password").fill("short")
    await send_unchecked(page, "Create account")
    await expect(page.get_by_role("alert")).to_have_text("1 field needs another look.")
    await expect(page.get_by_label("Password")).to_be_focused()


async def test_a_button_that_is_drawn_anew_keeps_the_focus(desk: Desk, database: Database) -> None:
    page = desk.page
    capture = await make_capture(database, desk.device, state=State.UNCERTAIN)
    await page.goto(f"/ui/captures/{capture.id}")
    word = page.get_by_role("button", name="Abnormal")
    await word.focus()
    await desk.press("Enter")
    await expect(page.locator("#dispositions [aria-pressed=true]")).to_contain_text("Abnormal")
    await expect(word).to_be_focused()

    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    ask = page.get_by_role("button", name="Take a picture now")
    await ask.focus()
    await desk.press("Enter")
    await expect(page.locator("#trigger .trigger-line")).to_be_visible()
    await expect(ask).to_be_focused()


async def test_the_wizard_opens_at_its_first_field(desk: Desk) -> None:
    await desk.page.goto("/ui/devices/add")
    await expect(desk.page.get_by_label("Id printed on the camera")).to_be_focused()
