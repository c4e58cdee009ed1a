"""Keys stand on what they press: as attributes, in the dialog that lists them, and pressed."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from cloud.captures.models import State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.web.rendering import make_pages
from tests.factories import make_capture
from tests.web.conftest import Desk
from tests.web.documents import frame


def drawn(template: str, *, single_keys: bool = True) -> str:
    template_of = make_pages().environment.from_string
    return template_of(template).render(frame=frame(single_keys=single_keys))


def test_a_key_stands_on_what_it_presses_for_people_and_for_their_tools() -> None:
    both = drawn("{{ pressed_by('j', 'ArrowRight') }}")
    assert both == 'data-key="j ArrowRight" aria-keyshortcuts="j ArrowRight"'
    assert drawn("{{ pressed_by('g,c') }}") == 'data-key="g,c"'
    assert drawn("{{ pressed_by('+') }}") == 'data-key="+" aria-keyshortcuts="Plus"'
    assert drawn("{{ key_hint('u') }}") == '<kbd class="key" aria-hidden="true">u</kbd>'


def test_single_characters_can_be_switched_off_and_other_keys_stay() -> None:
    both = drawn("{{ pressed_by('j', 'ArrowRight') }}", single_keys=False)
    assert both == 'data-key="ArrowRight" aria-keyshortcuts="ArrowRight"'
    none = "{{ pressed_by('1') }}{{ pressed_by('g,c') }}{{ key_hint('1') }}"
    assert drawn(none, single_keys=False) == ""


@pytest.fixture
async def captures(desk: Desk, database: Database) -> list[str]:
    """Three of the camera that need a word, the newest first."""
    made = [
        await make_capture(
            database,
            desk.device,
            state=State.UNCERTAIN,
            captured_at=utc_now() - timedelta(minutes=number),
        )
        for number in range(3)
    ]
    return [str(one.id) for one in made]


@pytest.mark.browser
async def test_the_day_goes_by_keys_alone(desk: Desk, captures: list[str]) -> None:
    page = desk.page
    await page.goto("/ui")
    await desk.press("j", "Enter")
    await page.wait_for_url(f"**/ui/cameras/{desk.device.unit_id}")
    await desk.press("/")
    await expect(page.locator("#filter-q")).to_be_focused()
    await page.keyboard.type("gc?1j")
    await expect(page.locator("#filter-q")).to_have_value("gc?1j")
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    await desk.press("j", "j", "k", "Enter")
    viewer = page.locator("#viewer")
    await expect(viewer).to_have_attribute("data-capture", captures[0])
    await desk.press("j")
    await expect(viewer).to_have_attribute("data-capture", captures[1])
    await desk.press("1")
    await expect(viewer.get_by_role("button", name="Normal", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    await desk.press("Escape", "Control+j", "g", "r")
    await expect(page).to_have_url(re.compile("/ui/review"))


@pytest.mark.browser
@pytest.mark.usefixtures("captures")
async def test_a_question_mark_lists_the_keys_of_this_very_page(desk: Desk) -> None:
    page, keys = desk.page, desk.page.get_by_role("dialog", name="Keys on this page")
    await page.goto("/ui")
    await desk.press("j", "Shift+?")
    await expect(keys).to_contain_text("Next in the list")
    await expect(keys).to_contain_text("Incidents")
    await expect(keys).not_to_contain_text("Words in the reason")
    await desk.press("g", "i", "Escape")
    await expect(keys).to_be_hidden()
    await expect(page.get_by_role("link", name="Tool wall")).to_be_focused()
    await expect(page).to_have_url(re.compile("/ui$"))
    await page.goto(f"/ui/cameras/{desk.device.unit_id}")
    await page.get_by_role("button", name="Keys").click()
    await expect(keys).to_contain_text("Words in the reason")
    await desk.press("Escape", "j", "Enter")
    await expect(page.locator("#viewer")).to_be_visible()
    await desk.press("?")
    for words in ("Older capture", "Zoom in", "Unclear", "Close"):
        await expect(keys).to_contain_text(words)
    await expect(keys).not_to_contain_text("Incidents")


@pytest.mark.browser
@pytest.mark.usefixtures("captures")
async def test_switched_off_a_character_presses_nothing(desk: Desk) -> None:
    page = desk.page
    await page.goto("/ui/settings/preferences")
    await page.get_by_label("Off: they do nothing").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.goto("/ui/review")
    await desk.press("1", "j", "?", "ArrowRight")
    await expect(page).to_have_url(re.compile(r"/ui/review\?at="))
    await expect(page.get_by_text("3 pictures need a word.")).to_be_visible()
    await page.get_by_role("button", name="Keys").click()
    keys = page.get_by_role("dialog", name="Keys on this page")
    await expect(keys).to_contain_text("Single characters are switched off for you.")
    await expect(keys.locator("dd")).to_have_text(["Back", "Skip"])
