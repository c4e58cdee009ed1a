"""Lists and streams of one camera: the same whatever names it, and 404 for one of nobody's."""

from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import select, update

from cloud.captures.models import State
from cloud.devices.models import Device
from cloud.devices.spelling import new_unit_id
from cloud.events.models import Event
from cloud.kit.database import Database
from tests.factories import SomeDevice, Someone, make_capture, make_device, make_user, signed_in

PATHS = ("/v1/captures", "/v1/incidents", "/v1/capture-events/stream")


@pytest.fixture
async def owner(database: Database) -> Someone:
    return await make_user(database)


@pytest.fixture
async def device(database: Database, owner: Someone) -> SomeDevice:
    return await make_device(database, owner.organization_id)


@pytest.mark.parametrize("path", PATHS)
async def test_a_camera_that_is_not_ones_own_is_not_found(
    database: Database, base_url: str, owner: Someone, path: str
) -> None:
    stranger = await make_user(database)
    foreign = (await make_device(database, stranger.organization_id)).unit_id
    async with signed_in(base_url, owner) as client:
        for unit_id in (foreign, new_unit_id(), "anything"):
            answer = await client.get(path, params={"device_id": unit_id})
            assert answer.status_code == 404
            assert answer.json()["code"] == "device_not_found"


async def list_of(client: httpx2.AsyncClient, unit_id: str) -> list[str]:
    answer = await client.get("/v1/captures", params={"device_id": unit_id})
    assert answer.status_code == 200
    return [capture["record_id"] for capture in answer.json()["captures"]]


async def test_the_spelling_of_the_id_does_not_matter(
    database: Database, base_url: str, owner: Someone, device: SomeDevice
) -> None:
    capture = await make_capture(database, device, state=State.NORMAL)
    await make_capture(database, await make_device(database, owner.organization_id))
    async with signed_in(base_url, owner) as client:
        for typed in (device.unit_id, device.unit_id.lower(), device.unit_id.replace("-", "")):
            assert await list_of(client, typed) == [str(capture.id)]


async def test_a_released_camera_keeps_its_captures(
    database: Database, base_url: str, owner: Someone, device: SomeDevice
) -> None:
    capture = await make_capture(database, device, state=State.NORMAL)
    async with database.work_for(owner.organization_id) as work:
        await work.execute(
            update(Device)
            .where(Device.id == device.device_id)
            .values(released_at=datetime.now(UTC))
        )
    async with signed_in(base_url, owner) as client:
        assert await list_of(client, device.unit_id) == [str(capture.id)]


async def test_the_news_of_a_deleted_capture_is_the_capture(
    database: Database, base_url: str, owner: Someone, device: SomeDevice
) -> None:
    capture = await make_capture(database, device, state=State.NORMAL)
    path = f"/v1/captures/{capture.id}"
    async with signed_in(base_url, owner) as client:
        document = (await client.get(path)).json()
        assert (await client.delete(path)).status_code == 204
    async with database.work_for(owner.organization_id) as work:
        told = await work.scalar(select(Event.data).where(Event.kind == "capture.deleted"))
    assert told == document
