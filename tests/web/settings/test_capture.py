import httpx2

from tests.web.settings.conftest import Setting
from tests.web.settings.forms import fields_of, open_form


async def test_what_is_changed_on_the_page_is_what_the_api_answers(setting: Setting) -> None:
    form = await open_form(setting.browser, setting.page("capture"))
    form |= {
        "friendly_name": "Tool wall",
        "location": "Hall 2",
        "capture.width": "640",
        "capture.warmup": "2.5",
        "trigger.digital_input_enabled": "on",
        "trigger.enabled": "",
        "digital_output_enabled": "on",
    }
    answer = await setting.browser.post(setting.page("capture"), data=form)
    assert answer.status_code == 303
    assert "Saved." in (await setting.browser.get(answer.headers["location"])).text
    config = (await setting.api.get(setting.config_path)).json()
    assert config["capture"] == {"width": 640, "height": 720, "quality": 85, "warmup": 2.5}
    assert config["trigger"]["enabled"] is False
    assert config["trigger"]["digital_input_enabled"] is True
    assert config["digital_output_enabled"] is True
    device = (await setting.api.get(f"/v1/devices/{setting.device.unit_id}")).json()
    assert (device["friendly_name"], device["location"]) == ("Tool wall", "Hall 2")
    assert device["config_version"] == 2


async def test_saving_what_stands_there_changes_nothing(setting: Setting) -> None:
    form = await open_form(setting.browser, setting.page("capture"))
    assert (await setting.browser.post(setting.page("capture"), data=form)).status_code == 303
    device = (await setting.api.get(f"/v1/devices/{setting.device.unit_id}")).json()
    assert device["config_version"] == 1


async def test_each_wrong_value_has_its_sentence_and_keeps_what_was_typed(
    setting: Setting,
) -> None:
    form = await open_form(setting.browser, setting.page("capture"))
    wrong = {
        "friendly_name": "",
        "capture.width": "wide",
        "capture.quality": "101",
        "trigger.interval_seconds": "3",
    }
    answer = await setting.browser.post(setting.page("capture"), data=form | wrong)
    assert answer.status_code == 422
    for sentence in (
        "This is needed.",
        "Must be a whole number from 160 to 8192.",
        "Must be a whole number from 30 to 100.",
        "Must be a number from 7 to 86400.",
    ):
        assert sentence in answer.text
    assert fields_of(answer.text) == form | wrong
    config = (await setting.api.get(setting.config_path)).json()
    assert config["capture"]["quality"] == 85


async def test_who_was_slower_is_told_what_is_in_force_and_can_save_again(
    setting: Setting,
) -> None:
    form = await open_form(setting.browser, setting.page("capture"))
    await setting.api.put(setting.config_path, json={"capture": {"quality": 70}})
    mine = form | {"capture.width": "640"}
    answer = await setting.browser.post(setting.page("capture"), data=mine)
    assert answer.status_code == 412
    assert "Somebody else has saved these settings" in answer.text
    assert "In force now: 70" in answer.text
    again = fields_of(answer.text)
    assert again == mine | {"config_version": "2"}
    await setting.browser.post(setting.page("capture"), data=again)
    config = (await setting.api.get(setting.config_path)).json()
    assert (config["capture"]["width"], config["capture"]["quality"]) == (640, 85)


async def test_a_viewer_reads_and_cannot_save(setting: Setting, viewer: httpx2.AsyncClient) -> None:
    form = await open_form(setting.browser, setting.page("capture"))
    page = (await viewer.get(setting.page("capture"))).text
    assert "You may look at these settings." in page
    assert page.count("<fieldset") == page.count("disabled>")
    assert 'type="submit">Save' not in page
    refused = await viewer.post(setting.page("capture"), data=form | {"capture.width": "640"})
    assert refused.status_code == 403
    config = (await setting.api.get(setting.config_path)).json()
    assert config["capture"]["width"] == 1280


async def test_the_camera_and_the_devices_lead_to_the_settings(setting: Setting) -> None:
    settings = f'href="/ui/devices/{setting.device.unit_id}/settings"'
    for page in (f"/ui/cameras/{setting.device.unit_id}", "/ui/devices"):
        assert settings in (await setting.browser.get(page)).text
    first = (await setting.browser.get(f"/ui/devices/{setting.device.unit_id}/settings")).text
    assert f'href="{setting.page("verdict")}"' in first
