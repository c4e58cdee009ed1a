"""Heartbeats: what is kept of them, and the news when a device comes, goes or is upgraded."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from cloud.devices.config import HEARTBEAT
from cloud.devices.models import Device
from cloud.devices.presence import INTERVALS_UNTIL_OFFLINE, PRESENCE, take_presence_turn
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from tests.devices.arranging import Signed, gap, heartbeat, read_events
from tests.factories import SomeDevice, make_device


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def beat(client: httpx2.AsyncClient, device: SomeDevice, **values: Any) -> httpx2.Response:
    return await client.post(
        f"/v1/devices/{device.unit_id}/heartbeat", json=heartbeat(**values), headers=device.headers
    )


async def fall_silent(database: Database, device: SomeDevice) -> None:
    """As if the last heartbeat was four intervals ago, and the worker's turn has come."""
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(Device)
            .where(Device.id == device.device_id)
            .values(last_seen_at=utc_now() - 4 * timedelta(seconds=HEARTBEAT.interval_seconds))
        )
        await make_due(work, device)


async def make_due(work: Any, device: SomeDevice) -> None:
    await work.execute(
        update(QueuedWork)
        .where(QueuedWork.queue == PRESENCE.name, QueuedWork.id == device.device_id)
        .values(due_at=utc_now() - timedelta(seconds=1))
    )


async def told(database: Database, owner: Signed) -> list[tuple[bool, str]]:
    events = await read_events(database, owner.someone)
    return [
        (event.data["is_online"], event.data["device_version"])
        for event in events
        if event.kind == "device.presence"
    ]


async def test_a_heartbeat_is_answered_with_the_config_version_and_kept(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await owner.client.put(f"/v1/devices/{device.unit_id}/config", json={})
    answer = await beat(client, device, temperature_c=51.5, interval_seconds=60)
    assert answer.status_code == 200
    assert answer.json()["config_version"] == 2
    assert answer.json()["server_time"].endswith("Z")
    async with database.work_for(device.organization_id) as work:
        row = (await work.execute(select(Device).where(Device.id == device.device_id))).scalar_one()
    assert row.device_version == "1.0.0"
    assert row.last_ip == client.headers["X-Forwarded-For"]
    assert row.heartbeat is not None
    assert row.heartbeat["temperature_c"] == 51.5
    assert row.last_seen_at is not None
    assert utc_now() - row.last_seen_at < timedelta(minutes=1)


async def test_coming_and_an_upgrade_are_news_and_going_on_is_none(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await beat(client, device)
    await beat(client, device)
    await beat(client, device, device_version="1.1.0")
    assert await told(database, owner) == [(True, "1.0.0"), (True, "1.1.0")]


async def test_silence_is_news_once_and_coming_back_too(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await beat(client, device)
    await fall_silent(database, device)
    await take_presence_turn(database)
    await take_presence_turn(database)
    await beat(client, device)
    assert [online for online, _ in await told(database, owner)] == [True, False, True]


async def test_a_device_that_is_still_heard_is_looked_at_again_later(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await beat(client, device)
    async with database.work() as work:
        await make_due(work, device)
    await take_presence_turn(database)
    assert [online for online, _ in await told(database, owner)] == [True]
    async with database.work() as work:
        due_at = await work.scalar(
            select(QueuedWork.due_at).where(
                QueuedWork.queue == PRESENCE.name, QueuedWork.id == device.device_id
            )
        )
    silent_for = INTERVALS_UNTIL_OFFLINE * timedelta(seconds=HEARTBEAT.interval_seconds)
    assert silent_for / 2 < due_at - utc_now() <= silent_for


async def test_a_released_device_is_not_waited_for(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await beat(client, device)
    await owner.client.delete(f"/v1/devices/{device.unit_id}")
    async with database.work() as work:
        queued = await work.scalar(
            select(QueuedWork.id).where(
                QueuedWork.queue == PRESENCE.name, QueuedWork.id == device.device_id
            )
        )
    assert queued is None


async def test_a_device_speaks_only_for_itself(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    other = await make_device(database, owner.someone.organization_id)
    foreign, missing = [
        await client.post(
            f"/v1/devices/{unit_id}/heartbeat", json=heartbeat(), headers=device.headers
        )
        for unit_id in (other.unit_id, "VS-0000-0000-0000")
    ]
    assert (foreign.status_code, foreign.json()["code"]) == (404, "device_not_found")
    assert missing.json() == foreign.json()


@pytest.mark.parametrize(
    "values",
    [
        {"device_version": "x" * 65},
        {"device_version": ""},
        {"uptime_seconds": -1},
        {"temperature_c": 1e9},
        {"disk_free_bytes": 1.5},
        {"spool": {"waiting": -1, "oldest_at": None, "dropped": 0}},
        {"spool": {"waiting": 0, "oldest_at": "yesterday", "dropped": 0}},
        {"spool": {"waiting": 0, "oldest_at": None, "dropped": 3, "dropped_ranges": [[6, 4]]}},
        {"spool": {"waiting": 0, "oldest_at": None, "dropped": 3, "gaps": [gap(6, 4)]}},
        {"spool": {"waiting": 0, "oldest_at": None, "dropped": 3, "gaps": [gap(4, 6, why="bad")]}},
        {"spool": {"waiting": 0, "oldest_at": None, "dropped": 3, "gaps": 51 * [gap(4, 6)]}},
        {"sequence": {"taken": 2**60, "acked": 0}},
        {"interval_seconds": 8 * 86_400},
        {"sent_at": "0001-01-01T00:00:00+14:00"},
        {"mood": "fine"},
    ],
)
async def test_a_heartbeat_out_of_bounds_is_refused(
    client: httpx2.AsyncClient, device: SomeDevice, values: dict[str, Any]
) -> None:
    answer = await beat(client, device, **values)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_malformed")


async def test_losses_and_the_cameras_own_state_are_kept(
    client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    spool = {"waiting": 0, "oldest_at": None, "dropped": 3, "dropped_ranges": [[4, 6]]}
    camera = {
        "state": "black",
        "since": "2026-03-01T12:00:00+00:00",
        "detail": "The lens is covered.",
    }
    answer = await beat(client, device, spool=spool | {"spool_id": "s-1"}, camera=camera)
    assert answer.status_code == 200, answer.text
    async with database.work_for(device.organization_id) as work:
        row = (await work.execute(select(Device).where(Device.id == device.device_id))).scalar_one()
    assert row.heartbeat is not None
    assert row.heartbeat["spool"]["dropped_ranges"] == [[4, 6]]
    assert row.heartbeat["camera"] == camera


async def test_people_do_not_send_heartbeats(owner: Signed, device: SomeDevice) -> None:
    answer = await owner.client.post(f"/v1/devices/{device.unit_id}/heartbeat", json=heartbeat())
    assert answer.status_code == 401


async def test_a_camera_run_wild_is_throttled(
    client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    statuses = {(await beat(client, device)).status_code for _ in range(70)}
    assert statuses == {200, 429}
