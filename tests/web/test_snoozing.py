from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cloud.captures.models import State
from cloud.devices.models import Device
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.web.snoozing import SnoozeFor, end_of
from tests.alerts.cameras import Camera
from tests.factories import SomeDevice, make_device
from tests.web.conftest import Owner

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("length", "now", "end"),
    [
        (SnoozeFor.HOUR, "2026-10-25T00:30", "2026-10-25T01:30"),
        (SnoozeFor.DAY, "2026-10-24T22:00", "2026-10-25T22:00"),
        (SnoozeFor.MORNING, "2026-11-23T12:00", "2026-11-24T07:00"),
        (SnoozeFor.MORNING, "2026-11-23T23:30", "2026-11-25T07:00"),
        (SnoozeFor.MORNING, "2026-10-24T12:00", "2026-10-25T07:00"),
    ],
)
def test_how_long_each_length_is(length: SnoozeFor, now: str, end: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert end_of(length, moment, BERLIN) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.fixture
async def device(owner: Owner, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def test_a_camera_is_snoozed_and_woken_from_its_page_without_scripts(
    owner: Owner, device: SomeDevice, database: Database
) -> None:
    page = f"/ui/cameras/{device.unit_id}"
    assert "Snooze" in (await owner.browser.get(page)).text
    referrer = {"Referer": f"{owner.browser.base_url}{page}"}
    form = {"length": "hour"}
    answer = await owner.browser.post(f"{page}/snooze", data=form, headers=referrer)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    shown = (await owner.browser.get(page)).text
    assert "Snoozed until" in shown
    assert "What lasts until the end is told then." in shown
    assert "Snoozed until" in (await owner.browser.get("/ui")).text
    async with database.work_for(device.organization_id) as work:
        until = (await work.session.get_one(Device, device.device_id)).snoozed_until
    assert until is not None
    assert timedelta(minutes=58) < until - utc_now() <= timedelta(hours=1)
    await owner.browser.post(f"{page}/snooze/end")
    assert "Snoozed until" not in (await owner.browser.get(page)).text


async def test_an_incidents_page_says_that_its_camera_is_snoozed(
    owner: Owner, device: SomeDevice, database: Database
) -> None:
    camera = Camera(database, device, owner.someone)
    await camera.judge(State.ABNORMAL, 0)
    page = f"/ui/incidents/{(await camera.incident()).id}"
    assert 'name="length" value="morning"' in (await owner.browser.get(page)).text
    await owner.browser.post(f"/ui/cameras/{device.unit_id}/snooze", data={"length": "day"})
    shown = (await owner.browser.get(page)).text
    assert "Nobody is told of it; incidents open and count as ever." in shown
    assert "End snooze" in shown


async def test_a_length_that_there_is_not_is_refused(owner: Owner, device: SomeDevice) -> None:
    address = f"/ui/cameras/{device.unit_id}/snooze"
    assert (await owner.browser.post(address, data={"length": "for ever"})).status_code == 422
