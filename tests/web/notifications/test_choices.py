"""When people are told, chosen on the pages; a camera's own choices and their way back."""

import re
from typing import Any

import pytest

from cloud.alerts.notifications import Notifications
from cloud.kit.errors import Malformed
from cloud.web.forms import Form
from cloud.web.notifications.choices import find_changes, read_choices
from tests.web.settings.conftest import Setting
from tests.web.settings.forms import open_form

EVERYWHERE = "/ui/notifications"
CLASS = "settings-group"


def form(**fields: str) -> Form:
    return Form({name: [value] for name, value in fields.items()})


def test_only_what_differs_is_a_change() -> None:
    chosen = read_choices(
        form(enabled="on", on_uncertain="on", cooldown_minutes="30", on_offline_after_minutes="")
    )
    changes = find_changes(chosen, Notifications(()))
    assert changes == {"on_uncertain": True, "on_offline_after_minutes": None}


@pytest.mark.parametrize("typed", ["", "soon", "-1", "10081", "3.5", "٣"])
def test_what_is_no_number_of_minutes_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_choices(form(cooldown_minutes=typed))
    (error,) = refused.value.errors
    assert error.field == "cooldown_minutes"
    assert error.message == "Must be a whole number from 0 to 10,080."


async def read(setting: Setting, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await setting.api.get(path)).json()
    return found


async def test_the_organizations_choices_are_saved(setting: Setting) -> None:
    fields = await open_form(setting.browser, EVERYWHERE, CLASS)
    assert fields == {
        "enabled": "on",
        "cooldown_minutes": "30",
        "on_uncertain": "",
        "on_offline_after_minutes": "15",
        "daily_digest": "on",
    }
    fields |= {"cooldown_minutes": "5", "on_offline_after_minutes": "", "daily_digest": ""}
    assert (await setting.browser.post(EVERYWHERE, data=fields)).status_code == 303
    document = await read(setting, "/v1/notifications")
    assert document["cooldown_minutes"] == 5
    assert document["daily_digest"] is False
    assert document.get("on_offline_after_minutes") is None


async def test_a_slip_is_said_at_its_field_and_stays(setting: Setting) -> None:
    answer = await setting.browser.post(EVERYWHERE, data={"cooldown_minutes": "often"})
    assert answer.status_code == 422
    assert "Must be a whole number from 0 to 10,080." in answer.text
    assert 'value="often"' in answer.text


async def test_a_camera_owns_what_it_does_otherwise_until_it_is_given_up(setting: Setting) -> None:
    tab, path = setting.page("notifications"), f"/v1/devices/{setting.device.unit_id}/notifications"
    fields = await open_form(setting.browser, tab, CLASS)
    assert "daily_digest" not in fields
    await setting.browser.post(tab, data=fields | {"cooldown_minutes": "5", "daily_digest": ""})
    assert (await read(setting, path))["own"] == ["cooldown_minutes"]
    page = (await setting.browser.get(tab)).text
    assert page.count("This camera’s own</span>") == 1
    assert "Use the organization’s: 30 minutes" in page
    await setting.browser.post(f"{tab}/inherit", data={"name": "cooldown_minutes"})
    document = await read(setting, path)
    assert (document["own"], document["cooldown_minutes"]) == ([], 30)


async def test_what_is_no_choice_cannot_be_given_up(setting: Setting) -> None:
    tab = setting.page("notifications")
    answer = await setting.browser.post(f"{tab}/inherit", data={"name": "role"})
    assert answer.status_code == 404


NIGHT = {
    "quiet_days": ["mon", "tue", "wed", "thu", "fri"],
    "quiet_from": "22:00",
    "quiet_to": "06:30",
    "quiet_zone": "Europe/Zurich",
}


async def test_quiet_hours_are_added_and_removed_one_by_one(setting: Setting) -> None:
    page = f"{EVERYWHERE}/quiet-hours"
    assert (await setting.browser.post(page, data=NIGHT)).status_code == 303
    await setting.browser.post(page, data=NIGHT | {"quiet_days": ["sun"], "quiet_to": "09:00"})
    text = (await setting.browser.get(EVERYWHERE)).text
    assert "Mon to Fri 22:00 to 06:30" in text
    assert "Sun 22:00 to 09:00" in text
    await setting.browser.post(f"{page}/remove", data={"number": "0"})
    (left,) = (await read(setting, "/v1/notifications"))["quiet_hours"]
    assert left == {"days": ["sun"], "from": "22:00", "to": "09:00", "time_zone": "Europe/Zurich"}
    assert (await setting.browser.post(f"{page}/remove", data={"number": "7"})).status_code == 404


@pytest.mark.parametrize(
    ("slip", "sentence"),
    [
        ({"quiet_days": []}, "Choose at least one day."),
        ({"quiet_from": "late"}, "Say a time of day, such as 22:00."),
        ({"quiet_to": "22:00"}, "From and to must differ"),
        ({"quiet_zone": "Zurich"}, "This is not a time zone."),
    ],
)
async def test_quiet_hours_that_cannot_be_are_refused_at_their_field(
    setting: Setting, slip: dict[str, Any], sentence: str
) -> None:
    answer = await setting.browser.post(f"{EVERYWHERE}/quiet-hours", data=NIGHT | slip)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (await read(setting, "/v1/notifications"))["quiet_hours"] == []


async def test_a_camera_may_have_quiet_hours_of_its_own(setting: Setting) -> None:
    tab, path = setting.page("notifications"), f"/v1/devices/{setting.device.unit_id}/notifications"
    await setting.browser.post(f"{tab}/quiet-hours", data=NIGHT)
    assert (await read(setting, path))["own"] == ["quiet_hours"]
    assert (await read(setting, "/v1/notifications"))["quiet_hours"] == []
    await setting.browser.post(f"{tab}/inherit", data={"name": "quiet_hours"})
    assert (await read(setting, path))["own"] == []


async def test_somebody_else_is_named_for_when_nobody_acts_and_taken_back(
    setting: Setting,
) -> None:
    page = f"{EVERYWHERE}/escalation"
    fields = {
        "escalation_after": "20",
        "escalation_kind": "apprise",
        "escalation_apprise_url": "ntfy://the-boss",
    }
    assert (await setting.browser.post(page, data=fields)).status_code == 303
    text = (await setting.browser.get(EVERYWHERE)).text
    assert "Told after 20 minutes:" in text
    await setting.browser.post(page, data={"escalation_after": "45", "escalation_kind": "email"})
    escalation = (await read(setting, "/v1/notifications"))["escalation"]
    assert escalation["after_minutes"] == 45
    assert len(escalation["channels"]) == 1
    (fingerprint,) = re.findall(r"/escalation/([0-9a-f]{64})/remove", text)
    test = await setting.browser.post(f"{EVERYWHERE}/channels/{fingerprint}/test")
    assert test.status_code == 303
    await setting.browser.post(f"{page}/{fingerprint}/remove")
    assert (await read(setting, "/v1/notifications")).get("escalation") is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"escalation_after": "soon"}, "Must be a whole number from 1 to 10,080."),
        ({"escalation_after": "5", "escalation_kind": "email"}, "Name somebody who is told then."),
        (
            {"escalation_after": "5", "escalation_kind": "email", "escalation_to": "nobody"},
            "about-escalation_to",
        ),
    ],
)
async def test_an_escalation_that_cannot_be_is_refused_at_its_field(
    setting: Setting, fields: dict[str, str], sentence: str
) -> None:
    answer = await setting.browser.post(f"{EVERYWHERE}/escalation", data=fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (await read(setting, "/v1/notifications")).get("escalation") is None
