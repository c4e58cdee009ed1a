"""The description tab without scripts: writing, uploading, comparing, trying, putting in force."""

import re
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI

from cloud.captures.models import DispositionVerdict, State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.evaluation.judging import upload
from tests.evaluation.kinds import RESPONSES, classifying, saying
from tests.evaluation.stand_in import failing
from tests.factories import make_capture, make_device, make_organization
from tests.web.settings.conftest import Setting

FILE = ("normal.md", b"The bench is clear.\n\nThe lamp is on.", "text/markdown")

DRAFTED = {"sentences": ["Two posts stand there."], "instruction_text_seen": False}
ASKS_A_MODEL = {"evaluation": {"classifier": "openai"}}


async def write(setting: Setting, text: str, **fields: str) -> str:
    """Save a text; the address of the page of its version."""
    form = {"text": text, "note": "", **fields}
    answer = await setting.browser.post(setting.page("description"), data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_a_first_text_is_in_force_and_a_second_a_draft_that_is_compared(
    setting: Setting,
) -> None:
    first = await write(setting, "The bench is clear. The lamp is on.")
    assert "In force" in (await setting.browser.get(first)).text
    second = await write(setting, "The bench is clear. The lamp is off.", note="At night")
    page = (await setting.browser.get(second)).text
    assert "Saved as a draft" in page
    assert "Removed: </span>The lamp is on." in page
    assert "Added: </span>The lamp is off." in page
    assert "It was not tried to the end on the past" in page
    listed = (await setting.browser.get(setting.page("description"))).text
    assert listed.index("description/2") < listed.index("description/1")
    assert "At night" in listed


async def test_a_draft_is_put_in_force_with_a_reason(setting: Setting) -> None:
    await write(setting, "The bench is clear.")
    second = await write(setting, "The bench is full.")
    answer = await setting.browser.post(f"{second}/activate", data={"reason": "It is full now"})
    assert answer.status_code == 303
    path = f"/v1/devices/{setting.device.unit_id}/descriptions/2"
    assert (await setting.api.get(path)).json()["is_active"] is True


async def test_a_text_may_be_put_in_force_untried(setting: Setting) -> None:
    await write(setting, "The bench is clear.")
    page = await write(setting, "The bench is full.", activate="on")
    assert "In force" in (await setting.browser.get(page)).text


async def test_a_text_that_is_refused_stands_in_the_editor_again(setting: Setting) -> None:
    answer = await setting.browser.post(
        setting.page("description"), data={"text": " ", "note": "Why not"}
    )
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert "Why not" in answer.text


async def test_files_become_a_version_and_a_wrong_one_is_told_of(setting: Setting) -> None:
    address = f"{setting.page('description')}/upload"
    wrong = await setting.browser.post(address, files=[("files", ("x.pdf", b"x", "text/plain"))])
    assert wrong.status_code == 415
    assert "send Markdown" in wrong.text
    unread = await setting.browser.post(address, files=[("files", ("x.md", b"\xff", "text/plain"))])
    assert unread.status_code == 422
    assert "The file x.md is not UTF-8 text." in unread.text
    taken = await setting.browser.post(address, files=[("files", FILE), ("files", FILE)])
    page = (await setting.browser.get(taken.headers["location"])).text
    assert "download?file=2" in page


async def test_the_coach_speaks_while_somebody_writes(setting: Setting) -> None:
    await write(setting, "Nobody stands at the press for more than 5 minutes.")
    page = (await setting.browser.get(setting.page("description"))).text
    assert "One picture cannot show how long something lasts." in page
    said = await setting.browser.post(
        f"{setting.page('description')}/hints", data={"text": "The pump makes no noise at all."}
    )
    assert "<q>noise</q> A picture has no sound." in said.text


async def test_a_text_kept_as_a_template_starts_another_cameras(
    setting: Setting, database: Database
) -> None:
    version = await write(setting, "The bench is clear.")
    assert (await setting.browser.post(f"{version}/template")).status_code == 303
    (template,) = (await setting.api.get("/v1/descriptions")).json()["items"]
    other = await make_device(database, setting.owner.someone.organization_id)
    page = f"/ui/devices/{other.unit_id}/settings/description"
    started = await setting.browser.get(page, params={"template": template["id"]})
    assert ">The bench is clear.</textarea>" in started.text


async def test_a_trial_is_priced_asked_for_and_stopped(
    setting: Setting, database: Database
) -> None:
    await write(setting, "The bench is clear.")
    draft = await write(setting, "The bench is full.")
    nothing = await setting.browser.get(draft)
    assert "has no judged picture to try it on yet" in nothing.text
    refused = await setting.browser.post(f"{draft}/replay", data={"captures": "25"})
    assert refused.status_code == 409
    for _ in range(3):
        await make_capture(database, setting.device, state=State.NORMAL)
    page = (await setting.browser.get(draft)).text
    assert "3 pictures, 0 of them with somebody’s word on it" in " ".join(page.split())
    wrong = await setting.browser.post(f"{draft}/replay", data={"captures": "many"})
    assert wrong.status_code == 422
    started = await setting.browser.post(f"{draft}/replay", data={"captures": "25"})
    assert started.status_code == 303
    running = (await setting.browser.get(draft)).text
    assert "Judged 0 of 3 pictures." in running
    (job,) = (await setting.api.get(_api(setting, "2/replay"))).json()["items"]
    stopped = await setting.browser.post(f"{draft}/stop", data={"job_id": job["id"]})
    assert stopped.status_code == 303
    assert "Stopped after 0 of 3 pictures" in (await setting.browser.get(draft)).text


async def test_viewers_look_and_write_nothing(setting: Setting, viewer: httpx2.AsyncClient) -> None:
    version = await write(setting, "The bench is clear.")
    page = await viewer.get(setting.page("description"))
    assert "The bench is clear." in page.text
    assert "<textarea" not in page.text
    assert "Put it in force" not in (await viewer.get(version)).text
    for address in ("description", "description/1/replay", "description/1/activate"):
        answer = await viewer.post(setting.page(address), data={"text": "Mine"})
        assert answer.status_code == 403


async def test_a_version_that_is_not_there_is_not_found(setting: Setting) -> None:
    assert (await setting.browser.get(setting.page("description/7"))).status_code == 404


def _api(setting: Setting, rest: str) -> str:
    return f"/v1/devices/{setting.device.unit_id}/descriptions/{rest}"


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("", {"text": "Mine"}),
        ("/upload", {}),
        ("/hints", {"text": "Mine"}),
        ("/1/replay", {}),
        ("/1/stop", {}),
        ("/1/activate", {}),
        ("/1/template", {}),
    ],
)
async def test_anothers_camera_is_not_found_whatever_is_sent(
    setting: Setting, database: Database, address: str, form: dict[str, str]
) -> None:
    foreign = await make_device(database, await make_organization(database))
    path = f"/ui/devices/{foreign.unit_id}/settings/description{address}"
    assert (await setting.browser.post(path, data=form)).status_code == 404


async def test_a_reason_that_is_too_long_is_told_beside_its_field(setting: Setting) -> None:
    await write(setting, "The bench is clear.")
    draft = await write(setting, "The bench is full.")
    answer = await setting.browser.post(f"{draft}/activate", data={"reason": "x" * 501})
    assert answer.status_code == 422
    assert "This is too long: at most 500 characters." in answer.text


async def test_a_draft_from_ticked_pictures_stands_in_the_editor_unsaved(
    setting: Setting, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RESPONSES.start(saying(RESPONSES, DRAFTED)) as running:
        async with classifying(RESPONSES, running) as classifier:
            monkeypatch.setitem(app.state.classifiers, RESPONSES.classifier, classifier)
            await setting.api.put(setting.config_path, json=ASKS_A_MODEL)
            taken = await upload(setting.api, setting.device, 1)
            address = f"{setting.page('description')}/draft"
            page = await setting.browser.post(address, data={"record_id": taken, "text": "Old."})
            none = await setting.browser.post(address, data={"text": "Old."})
            running.script = failing(503)
            gone = await setting.browser.post(address, data={"record_id": taken, "text": "Old."})
    assert page.status_code == 200
    assert ">- Two posts stand there.</textarea>" in page.text
    assert "Drafted by gpt-6-luna from one picture for $0.0001" in page.text
    assert none.status_code == 422
    assert "Tick one to 8 pictures." in none.text
    assert gone.status_code == 409
    assert "The model&#39;s provider answered 503. Nothing was drafted." in gone.text
    assert ">Old.</textarea>" in gone.text
    listed = await setting.api.get(f"/v1/devices/{setting.device.unit_id}/descriptions")
    assert listed.json()["items"] == []


async def test_only_normal_pictures_are_ticked_at_first_and_at_most_eight(
    setting: Setting, app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(11):
        state = State.ABNORMAL if number in {2, 3} else State.NORMAL
        said = DispositionVerdict.NORMAL if number == 3 else None
        at = utc_now() - timedelta(hours=number)
        await make_capture(database, setting.device, state=state, captured_at=at, disposition=said)
    await setting.api.put(setting.config_path, json=ASKS_A_MODEL)
    with RESPONSES.start(failing(503)) as running:
        async with classifying(RESPONSES, running) as classifier:
            monkeypatch.setitem(app.state.classifiers, RESPONSES.classifier, classifier)
            page = (await setting.browser.get(setting.page("description"))).text
    boxes = re.findall(r'name="record_id" value="[^"]+" (checked)?', page)
    assert len(boxes) == 11
    assert boxes[2] == ""
    assert boxes[0] == boxes[-1] == "checked"
    assert boxes.count("checked") == 8


async def test_a_camera_without_a_model_is_told_how_to_have_drafts(setting: Setting) -> None:
    page = (await setting.browser.get(setting.page("description"))).text
    assert "A model can draft this from pictures" in page
    assert setting.page("verdict") in page
    assert "Draft from these pictures" not in page
