import httpx2
import pytest

from cloud.kit.errors import Malformed
from cloud.web.settings.privacy import read_corners
from tests.web.settings.conftest import Setting
from tests.web.settings.forms import fields_of, open_form

CORNERS = "10 20, 40 20, 40 60.5"
MASK = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.605]]


async def masks_of(setting: Setting) -> object:
    return (await setting.api.get(setting.config_path)).json()["privacy"]["masks"]


async def add(setting: Setting, corners: str) -> httpx2.Response:
    page = (await setting.browser.get(setting.page("privacy"))).text
    form = fields_of(page, "form") | {"corners": corners}
    return await setting.browser.post(setting.page("privacy"), data=form)


async def test_a_typed_mask_is_stored_and_drawn(setting: Setting) -> None:
    assert (await add(setting, CORNERS)).status_code == 303
    assert await masks_of(setting) == [MASK]
    page = (await setting.browser.get(setting.page("privacy"))).text
    assert 'points="10.0,20.0 40.0,20.0 40.0,60.5 "' in page
    assert "before the picture leaves it" in page


async def test_one_mask_of_several_is_removed(setting: Setting) -> None:
    await add(setting, CORNERS)
    await add(setting, "0 0, 5 0, 5 5")
    version = (await open_form(setting.browser, setting.page("capture")))["config_version"]
    data = {"config_version": version, "mask": "1"}
    await setting.browser.post(f"{setting.page('privacy')}/remove", data=data)
    assert await masks_of(setting) == [MASK]


async def test_a_mask_removed_on_an_old_page_uncovers_nothing_else(setting: Setting) -> None:
    await add(setting, CORNERS)
    data = {"config_version": "1", "mask": "0"}
    answer = await setting.browser.post(f"{setting.page('privacy')}/remove", data=data)
    assert answer.status_code == 412
    assert "Somebody else has saved these settings" in answer.text
    assert await masks_of(setting) == [MASK]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "at least three corners"),
        ("10 20, 40 20", "at least three corners"),
        ("10 20, 40, 40 60", "“40” is no corner"),
        ("10 20, 140 20, 40 60", "both are from 0 to 100"),
        ("10 20, nan 20, 40 60", "both are from 0 to 100"),
    ],
)
async def test_what_is_no_mask_is_said(typed: str, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        read_corners(typed)


async def test_what_was_typed_stays_when_it_is_refused(setting: Setting) -> None:
    answer = await add(setting, "10 20, <b>")
    assert answer.status_code == 422
    assert ">10 20, &lt;b&gt;</textarea>" in answer.text
    many = ", ".join("10 20" for _ in range(65))
    assert (await add(setting, many)).status_code == 422


async def test_a_viewer_sees_the_masks_and_changes_none(
    setting: Setting, viewer: httpx2.AsyncClient
) -> None:
    await add(setting, CORNERS)
    page = (await viewer.get(setting.page("privacy"))).text
    assert "1 mask" in page
    assert "Remove" not in page
    data = {"config_version": "2", "mask": "0"}
    refused = await viewer.post(f"{setting.page('privacy')}/remove", data=data)
    assert refused.status_code == 403
