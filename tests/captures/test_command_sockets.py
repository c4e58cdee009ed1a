"""The command stream over a real WebSocket: the same messages out, acknowledgements in."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from cloud.devices.models import Command
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from tests.captures.uploading import Site
from tests.devices.listening import ask
from tests.factories import SomeDevice, make_device


@pytest.fixture
def device(site: Site) -> SomeDevice:
    return site.device


def speaking(
    base_url: str, device: SomeDevice, *, query: str = "", **headers: str
) -> AbstractAsyncContextManager[ClientConnection]:
    url = base_url.replace("http://", "ws://") + f"/ws/devices/{device.unit_id}/commands{query}"
    return connect(url, additional_headers=headers)


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message that is no ping."""
    while True:
        message: dict[str, Any] = orjson.loads(await socket.recv())
        if message["event"] != "ping":
            return message


async def say(socket: ClientConnection, event: str, **data: Any) -> None:
    await socket.send(orjson.dumps({"event": event, "data": data}).decode())


async def closing_code(socket: ClientConnection) -> int | None:
    await socket.wait_closed()
    return socket.close_code


async def test_a_socket_carries_commands_out_and_acknowledgements_in(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    async with speaking(base_url, device, query="?device_version=3.1", **device.headers) as socket:
        connected = await hear(socket)
        assert connected["data"]["device_id"] == device.unit_id
        command_id = await ask(database, device)
        told = await hear(socket)
        assert (told["event"], told["id"]) == ("capture", 1)
        assert told["data"]["command_id"] == str(command_id)
        await say(socket, "ack", command_id=str(new_id()), status="done")
        await say(socket, "ack", command_id=str(command_id), status="failed", detail="No lens.")
        await say(socket, "nonsense")
        assert await closing_code(socket) == 4422
    async with database.work_for(device.organization_id) as work:
        command = await work.session.get_one(Command, command_id)
    assert (command.status, command.detail) == ("failed", "No lens.")


async def test_a_capture_of_nobody_closes_a_socket_and_leaves_the_command_open(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    command_id = await ask(database, device)
    async with speaking(base_url, device, **device.headers) as socket:
        assert [(await hear(socket))["event"] for _ in range(2)] == ["connected", "capture"]
        told = {"command_id": str(command_id), "status": "done"}
        await say(socket, "ack", **told, capture_record_id=str(new_id()))
        assert await closing_code(socket) == 4422
    async with database.work_for(device.organization_id) as work:
        command = await work.session.get_one(Command, command_id)
    assert (command.status, command.capture_record_id) == ("sent", None)


async def test_the_key_may_come_in_the_first_message(base_url: str, device: SomeDevice) -> None:
    async with speaking(base_url, device) as socket:
        await socket.send(orjson.dumps({"token": device.key}).decode())
        assert (await hear(socket))["event"] == "connected"


@pytest.mark.parametrize("first", ['{"token":"vdk_nobodys"}', '{"token":7}', "[]", "nonsense", ""])
async def test_who_has_no_valid_key_is_sent_away(
    base_url: str, device: SomeDevice, first: str
) -> None:
    async with speaking(base_url, device) as socket:
        await socket.send(first)
        assert await closing_code(socket) == 4401


async def test_another_cameras_stream_is_not_to_be_had(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    other = await make_device(database, device.organization_id)
    async with speaking(base_url, other, **device.headers) as socket:
        assert await closing_code(socket) == 4401


async def test_a_page_of_another_site_is_refused(base_url: str, device: SomeDevice) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with speaking(base_url, device, Origin="https://elsewhere.test", **device.headers):
            pass
    assert refused.value.response.status_code == 403


async def test_a_page_of_our_own_may_speak(base_url: str, device: SomeDevice) -> None:
    async with speaking(base_url, device, Origin=base_url, **device.headers) as socket:
        assert (await hear(socket))["event"] == "connected"


async def test_release_ends_a_socket(base_url: str, site: Site, device: SomeDevice) -> None:
    async with speaking(base_url, device, **device.headers) as socket:
        await hear(socket)
        await site.client.delete(f"/v1/devices/{device.unit_id}")
        assert (await hear(socket))["event"] == "release"
        assert await closing_code(socket) == 1000
