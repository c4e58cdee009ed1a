"""A released camera has no open incident: what was open ends, and nothing opens any more."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from cloud.alerts.models import IncidentState, ResolvedAs
from cloud.alerts.releasing import take_release_turn
from cloud.devices.models import Device
from cloud.kit.database import Database
from tests.alerts.cameras import ABNORMAL, Camera, make_camera
from tests.factories import signed_in


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


async def release(camera: Camera, base_url: str) -> None:
    async with signed_in(base_url, camera.owner) as client:
        answer = await client.delete(f"/v1/devices/{camera.device.unit_id}")
    assert answer.status_code == 204
    while await take_release_turn(camera.database):
        pass


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_what_was_open_ends_and_is_told_on_the_stream_only(
    camera: Camera, base_url: str, *, acknowledged: bool
) -> None:
    await camera.judge(ABNORMAL, 0)
    opened = await camera.incident()
    if acknowledged:
        async with signed_in(base_url, camera.owner) as client:
            await client.post(f"/v1/incidents/{opened.id}/acknowledge")
    told = await camera.told()
    await release(camera, base_url)
    incident = await camera.incident()
    assert (incident.state, incident.resolved_as) == (IncidentState.RESOLVED, ResolvedAs.RELEASED)
    assert incident.resolved_at is not None
    kind, document = (await camera.news())[-1]
    assert (kind, document["id"], document["state"]) == (
        "incident.closed",
        str(opened.id),
        "resolved",
    )
    assert await camera.told() == told


async def test_its_file_says_why_it_ended(camera: Camera, base_url: str) -> None:
    await camera.judge(ABNORMAL, 0)
    await release(camera, base_url)
    async with signed_in(base_url, camera.owner) as client:
        file = (await client.get(f"/v1/incidents/{(await camera.incident()).id}")).json()
    assert file["resolved_as"] == "released"
    assert "Its camera was released." in [entry["text"] for entry in file["timeline"]]


async def test_a_verdict_that_comes_after_the_release_opens_nothing(
    camera: Camera, base_url: str
) -> None:
    await release(camera, base_url)
    await camera.judge(ABNORMAL, 0)
    assert await camera.incidents() == []


async def test_a_changed_verdict_after_the_release_opens_nothing_again(
    camera: Camera, base_url: str
) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    await release(camera, base_url)
    await camera.judge_again(capture, ABNORMAL)
    assert (await camera.incident()).state == IncidentState.RESOLVED


async def test_what_is_resolved_already_stays_as_it_was(camera: Camera, base_url: str) -> None:
    await camera.judge_all("ann")
    before = await camera.incident()
    await release(camera, base_url)
    after = await camera.incident()
    assert (after.resolved_as, after.resolved_at) == (ResolvedAs.RECOVERED, before.resolved_at)
    assert [kind for kind, _ in await camera.news()].count("incident.closed") == 1


async def test_incidents_of_other_cameras_stay_open(camera: Camera, base_url: str) -> None:
    other = await make_camera(camera.database)
    await other.judge(ABNORMAL, 0)
    await release(camera, base_url)
    assert (await other.incident()).state == IncidentState.OPEN


async def test_incidents_of_the_next_device_of_the_same_unit_stay_open(
    camera: Camera, base_url: str
) -> None:
    path = f"/v1/devices/{camera.device.unit_id}"
    async with signed_in(base_url, camera.owner) as client:
        assert (await client.delete(path)).status_code == 204
        again = await client.post("/v1/devices/activate", json={"device_id": camera.device.unit_id})
        assert again.status_code == 201
    async with camera.database.work_for(camera.owner.organization_id) as work:
        device_id = await work.scalar(select(Device.id).where(Device.released_at.is_(None)))
    following = replace(camera, device=replace(camera.device, device_id=device_id))
    await following.judge(ABNORMAL, 0)
    while await take_release_turn(camera.database):
        pass
    assert (await following.incident()).state == IncidentState.OPEN
