from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from cloud.devices.config import ClassifierName
from cloud.devices.models import Device
from cloud.kit.database import Database
from tests.web.settings.conftest import Setting
from tests.web.settings.forms import fields_of, open_form


@pytest.fixture
def ending_model(app: FastAPI) -> Iterator[None]:
    """The installation asks a model whose end is announced."""
    before = app.state.settings
    ending = {"openai_api_key": SecretStr("sk-canary"), "openai_model": "gpt-4o-mini"}
    app.state.settings = before.model_copy(update=ending)
    yield
    app.state.settings = before


@pytest.fixture
def all_set_up(app: FastAPI) -> Iterator[None]:
    """The installation can ask every classifier; none of them is asked."""
    before = app.state.classifiers
    app.state.classifiers = dict.fromkeys(ClassifierName, before[ClassifierName.BASELINE])
    yield
    app.state.classifiers = before


async def test_who_judges_is_chosen_on_the_page(setting: Setting, all_set_up: None) -> None:
    form = await open_form(setting.browser, setting.page("verdict"))
    assert form["evaluation.classifier"] == "baseline"
    form |= {
        "evaluation.classifier": "openai",
        "evaluation.secondary": "baseline",
        "evaluation.consensus": "on",
        "evaluation.when_incomplete": "wait",
        "evaluation.fallback": "gemini",
        "evaluation.min_confidence": "0.75",
        "evaluation.examples": "4",
    }
    answer = await setting.browser.post(setting.page("verdict"), data=form)
    assert answer.status_code == 303
    config = (await setting.api.get(setting.config_path)).json()
    assert config["evaluation"] == {
        "classifier": "openai",
        "secondary": "baseline",
        "consensus": True,
        "when_incomplete": "wait",
        "fallback": "gemini",
        "min_confidence": 0.75,
        "examples": 4,
    }


@pytest.mark.parametrize("field", ["classifier", "secondary", "fallback"])
async def test_one_that_is_not_set_up_is_not_offered_and_refused(
    setting: Setting, field: str
) -> None:
    page = (await setting.browser.get(setting.page("verdict"))).text
    assert page.count('<option value="openai" disabled>OpenAI (not set up here)') == 3
    form = fields_of(page) | {f"evaluation.{field}": "openai"}
    answer = await setting.browser.post(setting.page("verdict"), data=form)
    assert answer.status_code == 422
    assert "OpenAI is not set up here: it needs OPENAI_API_KEY." in answer.text
    config = (await setting.api.get(setting.config_path)).json()
    assert config["evaluation"]["classifier"] == "baseline"


async def test_one_that_was_chosen_before_it_is_set_up_stays_chosen(setting: Setting) -> None:
    chosen = {"evaluation": {"classifier": "openai"}}
    assert (await setting.api.put(setting.config_path, json=chosen)).status_code == 200
    form = await open_form(setting.browser, setting.page("verdict"))
    assert form["evaluation.classifier"] == "openai"
    form["evaluation.min_confidence"] = "0.6"
    answer = await setting.browser.post(setting.page("verdict"), data=form)
    assert answer.status_code == 303
    page = (await setting.browser.get(setting.page("verdict"))).text
    assert '<option value="openai" selected>OpenAI (not set up here)' in page


async def test_what_each_filter_would_have_done_is_said_beside_it(setting: Setting) -> None:
    page = (await setting.browser.get(setting.page("verdict"))).text
    assert page.count("What would this have done in the last 24 hours?") == 3
    answer = (await setting.browser.get(setting.page("verdict") + "?effect=1")).text
    assert "What would this have done" not in answer
    assert answer.count("in the last 24 hours") == 3


async def test_one_cannot_stand_in_for_itself(setting: Setting) -> None:
    form = await open_form(setting.browser, setting.page("verdict"))
    form["evaluation.fallback"] = "baseline"
    answer = await setting.browser.post(setting.page("verdict"), data=form)
    assert answer.status_code == 422
    assert fields_of(answer.text)["evaluation.fallback"] == "baseline"


async def test_a_model_that_is_about_to_end_is_told_of_where_it_is_chosen_and_on_the_cameras(
    setting: Setting, ending_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.evaluation.registry.NEAR", timedelta(days=36_500))
    for path in (setting.page("verdict"), "/ui"):
        page = (await setting.browser.get(path)).text
        assert "The model gpt-4o-mini w" in page
        assert "switched off on 14 January 2027. Configure gpt-6-luna instead." in page


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
