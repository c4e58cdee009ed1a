"""The command stream as a WebSocket: the same messages, and the camera's word on them comes back.

A camera says who it is by its key, in the header of the handshake or, where it cannot send one, in
its first message `{"token": …}`.
"""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, WebSocket
from pydantic import ValidationError

from cloud.accounts.access import bearer_token
from cloud.captures.acknowledging import acknowledge_with_capture
from cloud.devices.access import CallingDevice, device_key_missing, identify_device
from cloud.devices.command_routes import TheCommandStreams, read_number
from cloud.devices.command_schemas import SpokenAck
from cloud.devices.command_stream import Listening
from cloud.devices.spelling import normal_unit_id
from cloud.devices.throttles import ACKNOWLEDGING, LISTENING
from cloud.kit import sockets
from cloud.kit.access import Audience
from cloud.kit.addresses import client_address
from cloud.kit.bodies import clean_line
from cloud.kit.database import Database
from cloud.kit.errors import NotFound, Unauthenticated
from cloud.kit.ids import hash_secret
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings
from device.wire import DEVICE_KEY_PREFIX, DEVICE_VERSION_PARAMETER

router = APIRouter()

LONGEST_VERSION = 64


class DeviceSocketGate:
    """Lets a device in that says its key in the handshake, or first thing after it."""

    audience = Audience.DEVICE

    async def __call__(
        self, socket: WebSocket, database: TheDatabase, settings: TheSettings
    ) -> Listening | None:
        """Accept and identify; None once the socket is closed again."""
        return await sockets.let_in(socket, settings, lambda: _identify(socket, database, settings))


@router.websocket("/ws/devices/{device_id}/commands")
async def speak_commands(
    socket: WebSocket,
    who: Annotated[Listening | None, Depends(DeviceSocketGate())],
    database: TheDatabase,
    streams: TheCommandStreams,
    device_id: str,
) -> None:
    """Messages `{"event","id","data"}` go out; `{"event":"ack","data":{…}}` come in."""
    if who is None:
        return
    async with sockets.closing(socket):
        if normal_unit_id(device_id) != who.device.unit_id:
            raise Unauthenticated("device_key_invalid", "This key is another camera's.")
        await sockets.count(database, LISTENING, str(who.device.device_id))
        stream = await streams.open(who)
        await sockets.carry(socket, stream, _hear(socket, database, who.device))


async def _identify(socket: WebSocket, database: Database, settings: Settings) -> Listening:
    """Raises Unauthenticated, TooManyRequests, Unavailable, WebSocketDisconnect."""
    address = client_address(socket, settings.trusted_proxies)
    key = bearer_token(socket) or await sockets.receive_token(socket, address)
    if not key.startswith(DEVICE_KEY_PREFIX):
        raise device_key_missing()
    device = await identify_device(database, key, address)
    version = clean_line(socket.query_params.get(DEVICE_VERSION_PARAMETER, "").replace("\0", ""))
    after = read_number(socket.headers.get("last-event-id"))
    return Listening(device, hash_secret(key), after, version[:LONGEST_VERSION] or None)


async def _hear(socket: WebSocket, database: Database, device: CallingDevice) -> None:
    """Take acknowledgements until the camera leaves. Raises Malformed for anything else."""
    while True:
        said = _read_ack(await sockets.receive_json(socket))
        await sockets.count(database, ACKNOWLEDGING, str(device.device_id))
        with suppress(NotFound):
            async with database.work_for(device.organization_id) as work:
                await acknowledge_with_capture(work, device, str(said.command_id), said.said())


def _read_ack(message: dict[str, Any]) -> SpokenAck:
    if message.get("event") != "ack":
        raise sockets.not_understood()
    try:
        return SpokenAck.model_validate(message.get("data"))
    except ValidationError:
        raise sockets.not_understood() from None
