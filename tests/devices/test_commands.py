"""Commands over real streams: what a camera hears, what is sent again, and what it says of them."""

from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import URL, update

from cloud.app import make_app
from cloud.devices.commands import EXPIRIES, may_follow, take_expiry_turn
from cloud.devices.models import Command, CommandStatus, Device
from cloud.devices.who_listens import is_connected
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.kit.settings import Settings
from tests.captures.pictures import draw, encode
from tests.conftest import serving
from tests.devices.arranging import Signed
from tests.devices.listening import acknowledge, ask, commands
from tests.factories import SomeDevice, make_device


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def read(database: Database, device: SomeDevice, command_id: UUID) -> Command:
    async with database.work_for(device.organization_id) as work:
        return await work.session.get_one(Command, command_id)


async def test_a_stream_says_first_who_is_connected_and_stores_the_version(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    async with commands(base_url, device, device_version="2.3.4") as camera:
        connected = await camera.next()
        assert connected is not None
        assert connected.event == "connected"
        assert connected.data["device_id"] == device.unit_id
        assert connected.data["config_version"] == 1
        async with database.work_for(device.organization_id) as work:
            row = await work.session.get_one(Device, device.device_id)
            assert await is_connected(work, device.device_id)
    assert row.device_version == "2.3.4"


async def test_a_command_comes_at_once_and_is_then_counted_as_sent(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    async with commands(base_url, device) as camera:
        await camera.next()
        command_id = await ask(database, device, label="door")
        told = await camera.next()
    assert told is not None
    command = await read(database, device, command_id)
    assert (told.event, told.id) == ("capture", 1)
    assert told.data["command_id"] == str(command_id)
    assert told.data["trigger_id"] == str(command.trigger_id)
    assert (told.data["kind"], told.data["label"]) == ("manual", "door")
    assert command.status == CommandStatus.SENT
    assert command.sent_at is not None


async def test_what_was_not_seen_is_sent_again_until_it_is_acknowledged(
    base_url: str, client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    first, second = [await ask(database, device) for _ in range(2)]
    for _ in range(2):
        async with commands(base_url, device) as camera:
            told = await camera.take(3)
        assert [each.id for each in told] == [0, 1, 2]
    async with commands(base_url, device, after=1) as camera:
        assert [each.id for each in await camera.take(2)] == [1, 2]
    assert await acknowledge(client, device, first, status="accepted") == 204
    async with commands(base_url, device) as camera:
        told = await camera.take(2)
    assert told[1].data["command_id"] == str(second)


async def test_a_number_that_was_never_given_replays_everything(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    await ask(database, device)
    for after in (7, "nonsense", "9" * 30):
        async with commands(base_url, device, after=after) as camera:
            assert [each.event for each in await camera.take(2)] == ["connected", "capture"]


async def test_a_camera_hears_nothing_of_another_ones_commands(
    base_url: str, client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    other = await make_device(database, device.organization_id)
    theirs = await ask(database, other)
    async with commands(base_url, device) as camera:
        await camera.next()
        mine = await ask(database, device)
        told = await camera.next()
    assert told is not None
    assert told.data["command_id"] == str(mine)
    assert await acknowledge(client, device, theirs, status="done") == 404
    assert await acknowledge(client, device, "nothing", status="done") == 404
    path = f"/v1/devices/{other.unit_id}/commands"
    assert (await client.get(path, headers=device.headers)).status_code == 404


async def test_a_command_of_one_process_reaches_a_camera_at_another(
    base_url: str, database: Database, device: SomeDevice, settings: Settings, database_url: URL
) -> None:
    elsewhere = make_app(settings, database_url)
    async with serving(elsewhere) as other_url, commands(other_url, device) as camera:
        await camera.next()
        asked_at = utc_now()
        await ask(database, device)
        told = await camera.next()
        assert told is not None
        assert told.event == "capture"
        assert utc_now() - asked_at < timedelta(seconds=1)


async def test_a_changed_configuration_and_a_pause_are_pushed(
    base_url: str, owner: Signed, device: SomeDevice
) -> None:
    path = f"/v1/devices/{device.unit_id}"
    async with commands(base_url, device) as camera:
        await camera.next()
        await owner.client.put(f"{path}/config", json={"trigger": {"interval_seconds": 90}})
        changed = await camera.next()
        await owner.client.patch(path, json={"status": "paused"})
        paused = await camera.next()
    assert changed is not None
    assert paused is not None
    assert (changed.event, changed.data["config_version"]) == ("config", 2)
    assert changed.data["config"]["trigger"]["interval_seconds"] == 90
    assert paused.data["config"]["trigger"]["enabled"] is False


async def test_release_is_told_and_ends_the_stream(
    base_url: str, owner: Signed, device: SomeDevice
) -> None:
    async with commands(base_url, device) as camera:
        await camera.next()
        await owner.client.delete(f"/v1/devices/{device.unit_id}")
        told = await camera.next()
        assert told is not None
        assert (told.event, told.data) == ("release", {})
        assert await camera.next() is None


async def test_a_key_that_is_replaced_ends_its_stream_within_five_seconds(
    base_url: str, owner: Signed, device: SomeDevice
) -> None:
    async with commands(base_url, device) as camera:
        await camera.next()
        replaced_at = utc_now()
        await owner.client.post(f"/v1/devices/{device.unit_id}/rotate-key")
        assert await camera.next() is None
    assert utc_now() - replaced_at < timedelta(seconds=5)


async def test_a_newer_stream_of_a_camera_ends_the_one_before(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    async with commands(base_url, device) as before:
        await before.next()
        async with commands(base_url, device) as camera:
            await camera.next()
            assert await before.next() is None
            await ask(database, device)
            told = await camera.next()
    assert told is not None
    assert told.event == "capture"


async def test_pings_come_while_nothing_happens(base_url: str, device: SomeDevice) -> None:
    async with commands(base_url, device) as camera:
        await camera.next()
        told = await camera.ping()
    assert told is not None
    assert told.event == "ping"
    assert told.data["server_time"].endswith("Z")


async def test_saying_it_twice_changes_nothing(
    client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    command_id = await ask(database, device)
    for status in ("accepted", "done", "done", "failed", "accepted"):
        assert await acknowledge(client, device, command_id, status=status) == 204
    command = await read(database, device, command_id)
    assert command.status == CommandStatus.DONE
    ended_at = command.ended_at
    assert await acknowledge(client, device, command_id, status="done", detail="again") == 204
    assert (await read(database, device, command_id)).ended_at == ended_at


async def test_a_failure_is_kept_with_what_the_camera_says(
    client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    command_id = await ask(database, device)
    body = {"status": "failed", "detail": "The lens is gone."}
    assert await acknowledge(client, device, command_id, **body) == 204
    command = await read(database, device, command_id)
    assert (command.status, command.detail) == ("failed", "The lens is gone.")


async def test_a_command_whose_time_is_over_expires_and_is_not_sent(
    base_url: str, client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    command_id = await ask(database, device)
    async with database.work_for(device.organization_id) as work:
        past = utc_now() - timedelta(seconds=1)
        await work.execute(update(Command).values(expires_at=past))
        await work.execute(
            update(QueuedWork)
            .where(QueuedWork.queue == EXPIRIES.name, QueuedWork.id == command_id)
            .values(due_at=past)
        )
    while await take_expiry_turn(database):
        pass
    assert (await read(database, device, command_id)).status == CommandStatus.EXPIRED
    async with commands(base_url, device) as camera:
        await camera.next()
        later = await ask(database, device)
        told = await camera.next()
    assert told is not None
    assert told.data["command_id"] == str(later)
    assert await acknowledge(client, device, command_id, status="done") == 204
    assert (await read(database, device, command_id)).status == CommandStatus.DONE


async def test_a_capture_that_names_its_asking_ends_the_command(
    client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    command_id = await ask(database, device)
    command = await read(database, device, command_id)
    answer = await client.post(
        "/v1/captures",
        data={"captured_at": utc_now().isoformat(), "trigger_id": str(command.trigger_id)},
        files={"image": ("picture.jpg", encode(draw()), "image/jpeg")},
        headers=device.headers,
    )
    assert answer.status_code == 201
    ended = await read(database, device, command_id)
    assert ended.status == CommandStatus.DONE
    assert str(ended.capture_record_id) == answer.json()["record_id"]


async def test_a_capture_of_another_camera_ends_no_command(
    client: httpx2.AsyncClient, database: Database, device: SomeDevice
) -> None:
    other = await make_device(database, device.organization_id)
    command_id = await ask(database, device)
    command = await read(database, device, command_id)
    await client.post(
        "/v1/captures",
        data={"captured_at": utc_now().isoformat(), "trigger_id": str(command.trigger_id)},
        files={"image": ("picture.jpg", encode(draw()), "image/jpeg")},
        headers=other.headers,
    )
    assert (await read(database, device, command_id)).status == CommandStatus.QUEUED


async def test_a_process_that_stops_leaves_nobody_listening(
    base_url: str, database: Database, device: SomeDevice, settings: Settings, database_url: URL
) -> None:
    other = await make_device(database, device.organization_id)
    elsewhere = make_app(settings, database_url)
    async with commands(base_url, other) as staying, AsyncExitStack() as cameras:
        await staying.next()
        async with serving(elsewhere) as stopping_url:
            camera = await cameras.enter_async_context(commands(stopping_url, device))
            await camera.next()
            async with database.work_for(device.organization_id) as work:
                assert await is_connected(work, device.device_id)
        async with database.work_for(device.organization_id) as work:
            assert not await is_connected(work, device.device_id)
            assert await is_connected(work, other.device_id)


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("queued", "done", True),
        ("sent", "accepted", True),
        ("accepted", "accepted", False),
        ("accepted", "failed", True),
        ("expired", "accepted", False),
        ("expired", "failed", False),
        ("expired", "done", True),
        ("failed", "done", False),
        ("done", "failed", False),
    ],
)
def test_what_may_follow_what(old: str, new: str, may: bool) -> None:  # noqa: FBT001  # a table's column
    assert may_follow(CommandStatus(old), CommandStatus(new)) is may
