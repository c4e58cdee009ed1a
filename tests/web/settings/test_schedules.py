from typing import Any

import httpx2
import pytest

from cloud.web.settings.orders import say_order
from tests.web.settings.conftest import Setting
from tests.web.settings.forms import fields_of, open_form

FORM = {
    "when": "every-300",
    "at": "08:00",
    "interval_seconds": "",
    "cron": "",
    "from": "",
    "to": "",
    "time_zone": "Europe/Zurich",
    "label": "",
}


async def schedules_of(setting: Setting) -> list[dict[str, Any]]:
    answer = await setting.api.get(f"/v1/devices/{setting.device.unit_id}/schedules")
    found: list[dict[str, Any]] = answer.json()["schedules"]
    return found


@pytest.mark.parametrize(
    ("chosen", "expected", "words"),
    [
        ({}, {"interval_seconds": 300, "cron": None}, "Every 5 minutes"),
        ({"when": "daily"}, {"cron": "0 8 * * *"}, "Every day at 08:00"),
        ({"when": "workdays", "at": "17:30"}, {"cron": "30 17 * * MON-FRI"}, "Friday at 17:30"),
        ({"when": "interval", "interval_seconds": "90"}, {"interval_seconds": 90}, "90 seconds"),
        ({"when": "cron", "cron": "*/7 * * * *"}, {"cron": "*/7 * * * *"}, "By the cron */7"),
    ],
)
async def test_a_preset_in_plain_words_becomes_a_schedule(
    setting: Setting, chosen: dict[str, str], expected: dict[str, Any], words: str
) -> None:
    answer = await setting.browser.post(setting.page("schedules"), data=FORM | chosen)
    assert answer.status_code == 303
    (made,) = await schedules_of(setting)
    assert made | expected == made
    page = (await setting.browser.get(setting.page("schedules"))).text
    assert words in page
    listed = page[page.index("Next: ") : page.index("</li>", page.index("Next: "))]
    assert listed.count("<time") == 5


async def test_days_and_hours_become_active_hours(setting: Setting) -> None:
    data = FORM | {"days": ["mon", "tue", "wed"], "from": "08:00"}
    await setting.browser.post(setting.page("schedules"), data=data)
    (made,) = await schedules_of(setting)
    hours = [{"days": ["mon", "tue", "wed"], "from": "08:00", "to": "24:00"}]
    assert made["active_hours"] == hours
    assert say_order(made) == "every 5 minutes, Mon to Wed 08:00 to 24:00"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"when": "daily", "at": "soon"}, "Say a time of day, such as 08:00."),
        ({"when": "interval", "interval_seconds": "3"}, "Must be a whole number from 7 to 604800."),
        ({"when": "interval", "interval_seconds": "often"}, "Must be a whole number from 7"),
        ({"when": "cron", "cron": "8 o'clock"}, "Must have five fields"),
        ({"time_zone": "Zurich"}, "This is not a time zone."),
        ({"from": "08:00", "to": "08:00"}, "From and to must differ"),
    ],
)
async def test_what_cannot_be_is_said_and_what_was_typed_stays(
    setting: Setting, chosen: dict[str, str], sentence: str
) -> None:
    answer = await setting.browser.post(setting.page("schedules"), data=FORM | chosen)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert fields_of(answer.text, "settings add-order") == FORM | chosen
    assert await schedules_of(setting) == []


async def test_a_schedule_is_switched_off_and_on(setting: Setting) -> None:
    await setting.browser.post(setting.page("schedules"), data=FORM)
    (made,) = await schedules_of(setting)
    address = f"{setting.page('schedules')}/{made['id']}/enabled"
    await setting.browser.post(address, data={"enabled": ""})
    assert [one["enabled"] for one in await schedules_of(setting)] == [False]
    await setting.browser.post(address, data={"enabled": "on"})
    assert [one["enabled"] for one in await schedules_of(setting)] == [True]


async def test_a_removed_schedule_can_be_had_back(setting: Setting) -> None:
    await setting.browser.post(setting.page("schedules"), data=FORM | {"label": "Round"})
    (made,) = await schedules_of(setting)
    await setting.browser.post(f"{setting.page('schedules')}/{made['id']}/remove")
    assert await schedules_of(setting) == []
    undo = await open_form(setting.browser, setting.page("schedules"), "undo")
    back = await setting.browser.post(f"{setting.page('schedules')}/restore", data=undo)
    assert "It is back." in (await setting.browser.get(back.headers["location"])).text
    (again,) = await schedules_of(setting)
    assert {**again, "id": made["id"], "next": made["next"]} == made


async def test_a_viewer_sees_the_schedules_and_changes_none(
    setting: Setting, viewer: httpx2.AsyncClient
) -> None:
    await setting.browser.post(setting.page("schedules"), data=FORM)
    page = (await viewer.get(setting.page("schedules"))).text
    assert "Every 5 minutes" in page
    assert "Add schedule" not in page
    assert (await viewer.post(setting.page("schedules"), data=FORM)).status_code == 403
    assert len(await schedules_of(setting)) == 1
