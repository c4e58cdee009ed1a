from cloud.devices.models import Device
from cloud.kit.database import Database
from tests.web.settings.conftest import Setting
from tests.web.settings.forms import fields_of, open_form


async def test_who_judges_is_chosen_on_the_page(setting: Setting) -> None:
    form = await open_form(setting.browser, setting.page("verdict"))
    assert form["evaluation.classifier"] == "baseline"
    form |= {
        "evaluation.classifier": "openai",
        "evaluation.secondary": "baseline",
        "evaluation.consensus": "on",
        "evaluation.min_confidence": "0.75",
    }
    answer = await setting.browser.post(setting.page("verdict"), data=form)
    assert answer.status_code == 303
    config = (await setting.api.get(setting.config_path)).json()
    assert config["evaluation"] == {
        "classifier": "openai",
        "secondary": "baseline",
        "consensus": True,
        "min_confidence": 0.75,
    }


async def test_a_consensus_of_one_is_refused_beside_the_second(setting: Setting) -> None:
    form = await open_form(setting.browser, setting.page("verdict"))
    form["evaluation.consensus"] = "on"
    answer = await setting.browser.post(setting.page("verdict"), data=form)
    assert answer.status_code == 422
    assert "Is needed for a consensus of two." in answer.text
    assert fields_of(answer.text)["evaluation.consensus"] == "on"


async def test_a_default_that_nobody_touched_is_not_written_down(
    setting: Setting, database: Database
) -> None:
    form = await open_form(setting.browser, setting.page("verdict"))
    form["evaluation.min_confidence"] = "0.6"
    await setting.browser.post(setting.page("verdict"), data=form)
    async with database.work_for(setting.device.organization_id) as work:
        row = await work.session.get_one(Device, setting.device.device_id)
    assert row.config == {"evaluation": {"min_confidence": 0.6}}
