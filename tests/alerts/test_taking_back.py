"""Acknowledging and resolving taken back: the incident goes on as it stood, or says why not."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import update

from cloud.alerts.resolution import acknowledge, take_back_acknowledgement
from cloud.devices.models import Device
from cloud.kit.clock import utc_now
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera
from tests.alerts.people import choose, person
from tests.alerts.test_escalating import BOSS, escalation, wait_for_escalation
from tests.alerts.test_routes import audited
from tests.factories import signed_in

TOMORROW = 24 * 60 + 5
"""The minute of a picture that is taken once all this was done."""


@pytest.fixture
async def owner(base_url: str, camera: Camera) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, camera.owner) as client:
        yield client


async def path_of(camera: Camera) -> str:
    return f"/v1/incidents/{(await camera.incident()).id}"


async def test_an_incident_nobody_looks_after_any_more_is_open_and_escalates_after_all(
    camera: Camera,
) -> None:
    await choose(camera.database, camera.owner, escalation=escalation())
    await camera.judge(ABNORMAL, 0)
    incident, who = await camera.incident(), person(camera.owner)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await acknowledge(work, who, incident.id)
    await wait_for_escalation(camera, 10)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        shown = await take_back_acknowledgement(work, who, incident.id)
    assert (shown.incident.state, shown.incident.acknowledged_by) == ("open", None)
    await wait_for_escalation(camera, 1)
    assert [kind for kind, _ in await camera.told()] == ["opened"]
    await wait_for_escalation(camera, 5)
    assert await camera.told() == [("opened", camera.owner.email), ("escalated", BOSS)]


async def test_a_resolved_one_goes_on_as_it_stood_and_recovers_by_itself(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    path = await path_of(camera)
    await owner.post(f"{path}/acknowledge")
    before = (await owner.get(path)).json()
    await owner.post(f"{path}/resolve", json={"as": "false_alarm", "note": "A slip."})
    for _ in range(2):
        answer = await owner.delete(f"{path}/resolve")
        assert (answer.status_code, answer.json()["state"]) == (200, "acknowledged")
    assert (await owner.get(path)).json() == before
    assert [kind for kind, _ in await camera.news()][-1] == "incident.updated"
    assert await audited(camera) == [
        "incident.acknowledged",
        "incident.resolved",
        "incident.resolution_taken_back",
    ]
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    assert (await camera.incident()).resolved_as == "recovered"


async def test_what_is_over_by_itself_or_followed_by_another_stays_over(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    path = await path_of(camera)
    await owner.post(f"{path}/resolve", json={"as": "real"})
    taken_back = await owner.delete(f"{path}/acknowledge")
    assert (taken_back.status_code, taken_back.json()["code"]) == (409, "incident_resolved")
    await camera.judge(ABNORMAL, TOMORROW)
    assert len(await camera.incidents()) == 2
    followed = await owner.delete(f"{path}/resolve")
    assert (followed.status_code, followed.json()["code"]) == (409, "incident_followed")
    await camera.judge(NORMAL, TOMORROW + 1)
    await camera.judge(NORMAL, TOMORROW + 2)
    over = await owner.delete(f"/v1/incidents/{(await camera.incidents())[1].id}/resolve")
    assert (over.status_code, over.json()["code"]) == (409, "incident_over")


async def test_the_incident_of_a_released_camera_is_not_opened_again(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    path = await path_of(camera)
    await owner.post(f"{path}/resolve", json={"as": "real"})
    async with camera.database.work_for(camera.owner.organization_id) as work:
        mine = update(Device).where(Device.id == camera.device.device_id)
        await work.execute(mine.values(released_at=utc_now()))
    assert (await owner.delete(f"{path}/resolve")).json()["code"] == "incident_over"
