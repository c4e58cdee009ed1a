"""What was just done is taken back from the page that says so: all is as it was before."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.captures.models import State
from cloud.kit.database import Database
from tests.alerts.cameras import Camera
from tests.factories import make_capture, make_device, make_user, signed_in
from tests.web.conftest import Owner
from tests.web.settings.forms import fields_of

MASK = [[0.1, 0.2], [0.5, 0.2], [0.5, 0.6]]


@dataclass(frozen=True)
class Doing:
    """A page, what is pressed on it, and what that changes."""

    page: str
    address: str
    form: dict[str, Any]
    read: Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Bench:
    """Somebody's camera with an incident and a mask, a colleague, and how all that stands."""

    owner: Owner
    api: httpx2.AsyncClient
    camera: Camera
    colleague: str

    @property
    def device_id(self) -> str:
        return self.camera.device.unit_id

    async def read(self, path: str, *names: str) -> object:
        document: Any = (await self.api.get(path)).json()
        return {name: document[name] for name in names}

    async def incident(self) -> object:
        path = f"/v1/incidents/{(await self.camera.incident()).id}"
        return await self.read(
            path, "state", "acknowledged_at", "acknowledged_by", "resolved_at", "resolved_as"
        )

    async def device(self) -> object:
        return await self.read(f"/v1/devices/{self.device_id}", "status", "snoozed_until")

    async def masks(self) -> object:
        return await self.read(f"/v1/devices/{self.device_id}/config", "privacy")

    async def role(self) -> object:
        members = (await self.api.get("/v1/organization/members")).json()["items"]
        return [one["role"] for one in members if one["user_id"] == self.colleague]


@pytest.fixture
async def bench(owner: Owner, database: Database, base_url: str) -> Any:
    device = await make_device(database, owner.someone.organization_id)
    camera = Camera(database, device, owner.someone)
    await camera.judge(State.ABNORMAL, 0)
    member = await make_user(database, owner.someone.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, owner.someone) as api:
        config = {"privacy": {"masks": [MASK]}}
        await api.put(f"/v1/devices/{device.unit_id}/config", json=config)
        yield Bench(owner, api, camera, str(member.user_id))


async def doing_of(bench: Bench, what: str) -> Doing:
    incident = f"/ui/incidents/{(await bench.camera.incident()).id}"
    settings = f"/ui/devices/{bench.device_id}/settings"
    mask = {"mask": "0", "config_version": "2"}
    role = f"/ui/settings/members/{bench.colleague}/role"
    return {
        "acknowledging": Doing(incident, f"{incident}/acknowledge", {}, bench.incident),
        "resolving": Doing(incident, f"{incident}/resolve", {"as": "real"}, bench.incident),
        "pausing": Doing(
            "/ui/devices",
            f"/ui/devices/{bench.device_id}/status",
            {"status": "paused"},
            bench.device,
        ),
        "snoozing": Doing(
            f"/ui/cameras/{bench.device_id}",
            f"/ui/cameras/{bench.device_id}/snooze",
            {"length": "day"},
            bench.device,
        ),
        "removing a mask": Doing(
            f"{settings}/privacy", f"{settings}/privacy/remove", mask, bench.masks
        ),
        "a role": Doing("/ui/settings/members", role, {"role": "viewer"}, bench.role),
    }[what]


def together(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Fields of a form, by their names."""
    return {name: [value for other, value in fields if other == name] for name, _ in fields}


async def undo(browser: httpx2.AsyncClient, page: str) -> httpx2.Response:
    """Press Undo on a page that says what was done."""
    text = (await browser.get(page)).text
    found = re.search(r'class="undo" method="post" action="([^"]+)"', text)
    assert found is not None
    fields = fields_of(text, "undo")
    headers = {"Referer": f"{browser.base_url}{page}"}
    return await browser.post(found[1], data=fields, headers=headers)


@pytest.mark.parametrize(
    "what", ["acknowledging", "resolving", "pausing", "snoozing", "removing a mask", "a role"]
)
async def test_what_was_done_is_taken_back(bench: Bench, what: str) -> None:
    doing, browser = await doing_of(bench, what), bench.owner.browser
    before = await doing.read()
    headers = {"Referer": f"{browser.base_url}{doing.page}"}
    answer = await browser.post(doing.address, data=doing.form, headers=headers)
    assert answer.status_code == 303, answer.text
    assert await doing.read() != before
    undone = await undo(browser, doing.page)
    assert undone.status_code == 303, undone.text
    assert await doing.read() == before
    assert undone.headers["location"] == doing.page


@pytest.mark.parametrize("of_camera", [False, True], ids=["everywhere", "of a camera"])
async def test_removed_quiet_hours_are_had_back(bench: Bench, *, of_camera: bool) -> None:
    own = f"/ui/devices/{bench.device_id}/settings/notifications"
    page = own if of_camera else "/ui/notifications"
    api = f"/v1/devices/{bench.device_id}/notifications" if of_camera else "/v1/notifications"
    night = {"quiet_from": "22:00", "quiet_to": "06:00", "quiet_zone": "Europe/Zurich"}
    days = {"quiet_days": ["mon", "fri"]}
    await bench.owner.browser.post(f"{page}/quiet-hours", data=night | days)
    before = await bench.read(api, "quiet_hours")
    await bench.owner.browser.post(f"{page}/quiet-hours/remove", data={"number": "0"})
    assert await bench.read(api, "quiet_hours") != before
    text = (await bench.owner.browser.get(page)).text
    (address,) = re.findall(r'class="undo" method="post" action="([^"]+)"', text)
    told = re.findall(r'type="hidden" name="(quiet_\w+)" value="([^"]+)"', text)
    await bench.owner.browser.post(address, data=together(told))
    assert await bench.read(api, "quiet_hours") == before


@pytest.mark.parametrize("of_camera", [False, True], ids=["everywhere", "of a camera"])
async def test_who_is_told_when_nobody_acts_is_had_back_after_as_long(
    bench: Bench, *, of_camera: bool
) -> None:
    own = f"/ui/devices/{bench.device_id}/settings/notifications"
    page = own if of_camera else "/ui/notifications"
    api = f"/v1/devices/{bench.device_id}/notifications" if of_camera else "/v1/notifications"
    boss = {"escalation_kind": "apprise", "escalation_apprise_url": "ntfy://the-boss"}
    await bench.owner.browser.post(f"{page}/escalation", data=boss | {"escalation_after": "20"})
    before = await bench.read(api, "escalation")
    text = (await bench.owner.browser.get(page)).text
    (fingerprint,) = re.findall(r"/escalation/([0-9a-f]{64})/remove", text)
    await bench.owner.browser.post(f"{page}/escalation/{fingerprint}/remove")
    assert (await bench.api.get(api)).json().get("escalation") is None
    text = (await bench.owner.browser.get(page)).text
    (address,) = re.findall(r'class="undo" method="post" action="([^"]+)"', text)
    wrong = await bench.owner.browser.post(address, data={"escalation_after": "soon"})
    assert wrong.status_code == 422
    await bench.owner.browser.post(address, data={"escalation_after": "20"})
    assert await bench.read(api, "escalation") == before


async def test_an_ended_snooze_is_taken_up_again_until_the_same_moment(bench: Bench) -> None:
    page = f"/ui/cameras/{bench.device_id}"
    await bench.owner.browser.post(f"{page}/snooze", data={"length": "day"})
    before = await bench.device()
    await bench.owner.browser.post(f"{page}/snooze/end")
    assert await bench.device() != before
    await undo(bench.owner.browser, page)
    assert await bench.device() == before


async def test_pictures_called_normal_by_mistake_teach_nothing(
    bench: Bench, database: Database
) -> None:
    page = f"/ui/cameras/{bench.device_id}"
    captures = [
        str((await make_capture(database, bench.camera.device, state=State.UNCERTAIN)).id)
        for _ in range(2)
    ]
    await bench.owner.browser.post(f"{page}/normal", data={"record_id": captures})
    text = (await bench.owner.browser.get(page)).text
    (address,) = re.findall(r'class="undo" method="post" action="([^"]+)"', text)
    told = re.findall(r'type="hidden" name="record_id" value="([^"]+)"', text)
    assert sorted(told) == sorted(captures)
    await bench.owner.browser.post(address, data={"record_id": told})
    for capture in captures:
        assert await bench.read(f"/v1/captures/{capture}", "disposition") == {"disposition": None}


async def test_what_was_said_once_is_not_offered_again(bench: Bench) -> None:
    page = "/ui/devices"
    paused = {"status": "paused"}
    await bench.owner.browser.post(f"/ui/devices/{bench.device_id}/status", data=paused)
    assert 'class="undo"' in (await bench.owner.browser.get(page)).text
    assert 'class="undo"' not in (await bench.owner.browser.get(page)).text
