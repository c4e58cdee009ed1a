from typing import Any

import httpx2
import pytest

from cloud.devices.commands import link_capture
from cloud.devices.models import Device, DeviceStatus
from cloud.kit.database import Database
from cloud.web.triggers import draw_line
from tests.factories import SomeDevice, make_capture, make_device
from tests.web.conftest import Owner
from tests.web.documents import capture, trigger

AS_PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
WAITS: dict[str, Any] = {"executed_at": None, "record_id": None}


@pytest.mark.parametrize(
    ("changes", "done", "words"),
    [
        ({"status": "queued", "sent_at": None}, 1, "as soon as it is back, within 10 minutes"),
        ({"status": "sent"}, 2, "Waiting for the camera"),
        ({"status": "expired"}, 2, "did not answer in 10 minutes. Is it plugged in?"),
        ({"status": "failed", "error": "no camera"}, 2, "could not take it: no camera"),
        ({"status": "missed", "sent_at": None, "error": "offline"}, 1, "offline"),
    ],
)
def test_what_holds_a_picture_up_is_said(changes: dict[str, Any], done: int, words: str) -> None:
    line = draw_line(trigger(**WAITS | changes), None)
    assert sum(step.at is not None for step in line.steps) == done
    assert words in line.words


def test_a_line_ends_with_the_verdict_and_never_says_judged_of_a_failure() -> None:
    judged = draw_line(trigger(), capture(state="abnormal", reason="A drill is gone."))
    assert [step.word for step in judged.steps if step.at] == [
        "asked",
        "sent",
        "captured",
        "judged",
    ]
    assert (judged.words, judged.look) == ("A drill is gone.", "abnormal")
    failure = {"code": "ai_unavailable", "detail": "No answer from the model."}
    failed = draw_line(trigger(), capture(state=None, evaluation_status="failed", failure=failure))
    assert failed.steps[-1].at is None
    assert (failed.look, failure["detail"] in failed.words) == ("failed", True)


def test_a_picture_that_is_on_its_way_is_not_said_to_be_gone() -> None:
    assert "on its way" in draw_line(trigger(record_id=None), None).words
    assert "no longer kept" in draw_line(trigger(), None).words


@pytest.fixture
async def device(owner: Owner, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def test_the_button_works_without_scripts_and_the_page_shows_what_became_of_it(
    owner: Owner, device: SomeDevice
) -> None:
    page = f"/ui/cameras/{device.unit_id}"
    assert "Take a picture now" in (await owner.browser.get(page)).text
    answer = await owner.browser.post(f"{page}/trigger")
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    shown = (await owner.browser.get(page)).text
    assert "It is asked as soon as it is back" in shown
    assert f"by hand, {owner.someone.email}" in shown


async def test_who_asks_again_at_once_hears_how_long_to_wait(
    owner: Owner, device: SomeDevice
) -> None:
    address = f"/ui/cameras/{device.unit_id}/trigger"
    first = await owner.browser.post(address, headers=AS_PART)
    assert first.text.strip().startswith("<section")
    part = await owner.browser.post(address, headers=AS_PART)
    assert "Ask again in" in part.text
    page = await owner.browser.post(address)
    assert page.status_code == 429
    assert "Ask again in" in page.text
    assert "</html>" in page.text


async def test_a_paused_camera_is_not_asked(
    owner: Owner, device: SomeDevice, database: Database
) -> None:
    async with database.work_for(device.organization_id) as work:
        row = await work.session.get_one(Device, device.device_id)
        row.status = DeviceStatus.PAUSED
    answer = await owner.browser.post(f"/ui/cameras/{device.unit_id}/trigger")
    assert answer.status_code == 409
    assert "This camera is paused." in answer.text


async def test_the_line_leads_to_the_picture(
    owner: Owner, device: SomeDevice, database: Database
) -> None:
    page = f"/ui/cameras/{device.unit_id}"
    api = {"Authorization": f"Bearer {owner.someone.token}"}
    asked = await ask(owner.browser, f"/v1/devices/{device.unit_id}/trigger", api)
    taken = await make_capture(database, device)
    async with database.work_for(device.organization_id) as work:
        await link_capture(work, device.device_id, asked["trigger_id"], taken.id)
    shown = (await owner.browser.get(page)).text
    assert "The picture is here and is being judged." in shown
    assert f'href="/ui/captures/{taken.id}" data-viewer>See the picture' in shown


async def ask(browser: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = await browser.post(path, headers=headers)
    assert answer.status_code == 202
    document: dict[str, Any] = answer.json()
    return document
