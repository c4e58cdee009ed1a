"""The command stream as a WebSocket: the same messages, and the camera's word on them comes back.

A camera says who it is by its key, in the header of the handshake or, where it cannot send one, in
its first message `{"token": …}`. A page of another site is refused before anything is accepted.
"""

import asyncio
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from starlette.websockets import WebSocketState

from cloud.devices.access import CallingDevice, identify_device
from cloud.devices.command_routes import read_number
from cloud.devices.command_schemas import SpokenAck
from cloud.devices.command_streams import CommandStreams, Listening, Message
from cloud.devices.commands import acknowledge
from cloud.devices.spelling import normal_unit_id
from cloud.devices.throttles import ACKNOWLEDGING, LISTENING
from cloud.kit.access import Audience
from cloud.kit.addresses import client_address
from cloud.kit.bodies import clean_line
from cloud.kit.database import Database
from cloud.kit.errors import NotFound, Problem, Unauthenticated
from cloud.kit.ids import hash_secret
from cloud.kit.json import dumps
from cloud.kit.limits import spend
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings
from device.wire import DEVICE_KEY_PREFIX, DEVICE_VERSION_PARAMETER

router = APIRouter()

FIRST_MESSAGE_SECONDS = 10.0
LONGEST_MESSAGE = 16 * 1024
LONGEST_VERSION = 64

REFUSED = 4401
NOT_UNDERSTOOD = 4422
TOO_OFTEN = 4429


class DeviceSocketGate:
    """Lets a device in that says its key in the handshake, or first thing after it."""

    audience = Audience.DEVICE

    async def __call__(
        self, socket: WebSocket, database: TheDatabase, settings: TheSettings
    ) -> Listening | None:
        """Accept and identify; None once the socket is closed again."""
        if not _same_origin(socket, settings):
            await socket.close()  # before accepting: the handshake is answered with 403
            return None
        await socket.accept()
        try:
            return await _identify(socket, database, settings)
        except (Problem, TimeoutError, WebSocketDisconnect, ValueError):
            await _close(socket, REFUSED, "Say who you are with a device key that is valid.")
            return None


@router.websocket("/ws/devices/{device_id}/commands")
async def speak_commands(
    socket: WebSocket,
    who: Annotated[Listening | None, Depends(DeviceSocketGate())],
    database: TheDatabase,
    device_id: str,
) -> None:
    """Messages `{"event","id","data"}` go out; `{"event":"ack","data":{…}}` come in."""
    if who is None:
        return
    if normal_unit_id(device_id) != who.device.unit_id:
        await _close(socket, REFUSED, "This key is another camera's.")
        return
    if not (await spend(database, LISTENING, str(who.device.device_id))).allowed:
        await _close(socket, TOO_OFTEN, "That was too often. Wait a little and try again.")
        return
    streams: CommandStreams = socket.app.state.command_streams
    telling = asyncio.create_task(_tell(socket, streams, who))
    hearing = asyncio.create_task(_hear(socket, database, who.device))
    _, unfinished = await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(telling, hearing, return_exceptions=True)
    await _close(socket, 1000, "")


async def _identify(socket: WebSocket, database: Database, settings: Settings) -> Listening:
    """Raises Unauthenticated, TimeoutError, WebSocketDisconnect, or ValueError for nonsense."""
    scheme, _, sent = socket.headers.get("authorization", "").partition(" ")
    key: object = sent.strip()
    if scheme.lower() != "bearer":
        async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
            first = orjson.loads(await _receive(socket))
        key = first.get("token") if isinstance(first, dict) else None
    if not isinstance(key, str) or not key.startswith(DEVICE_KEY_PREFIX):
        raise Unauthenticated("device_key_missing", "Send the device key first.")
    address = client_address(socket, settings.trusted_proxies)
    device = await identify_device(database, key, address)
    version = clean_line(socket.query_params.get(DEVICE_VERSION_PARAMETER, "").replace("\0", ""))
    after = read_number(socket.headers.get("last-event-id"))
    return Listening(device, hash_secret(key), after, version[:LONGEST_VERSION] or None)


async def _tell(socket: WebSocket, streams: CommandStreams, who: Listening) -> None:
    with suppress(WebSocketDisconnect, Unauthenticated):
        async for message in streams.messages(who):
            await socket.send_text(_encoded(message))


async def _hear(socket: WebSocket, database: Database, device: CallingDevice) -> None:
    """Take acknowledgements until the camera leaves or says what cannot be understood."""
    with suppress(WebSocketDisconnect):
        while True:
            try:
                said = SpokenAck.model_validate(_ack_of(await _receive(socket)))
            except (ValidationError, ValueError):
                await _close(socket, NOT_UNDERSTOOD, "This is no acknowledgement.")
                return
            if not (await spend(database, ACKNOWLEDGING, str(device.device_id))).allowed:
                await _close(socket, TOO_OFTEN, "That was too often. Wait a little.")
                return
            with suppress(NotFound):
                async with database.work_for(device.organization_id) as work:
                    await acknowledge(work, device, str(said.command_id), said.said())


async def _receive(socket: WebSocket) -> str:
    text = await socket.receive_text()
    if len(text) > LONGEST_MESSAGE:
        raise ValueError("too long")
    return text


def _ack_of(text: str) -> object:
    """What an `ack` message carries. Raises ValueError."""
    message = orjson.loads(text)
    if not isinstance(message, dict) or message.get("event") != "ack":
        raise ValueError("no acknowledgement")
    return message.get("data")


def _encoded(message: Message) -> str:
    return dumps({"event": message.event, "id": message.id, "data": message.data}).decode()


def _same_origin(socket: WebSocket, settings: Settings) -> bool:
    """A camera names no origin; a browser always does."""
    origin = socket.headers.get("origin")
    if origin is None:
        return True
    own = {socket.headers.get("host", ""), urlsplit(settings.base_url).netloc}
    return urlsplit(origin).netloc in own


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    if WebSocketState.DISCONNECTED in {socket.client_state, socket.application_state}:
        return
    await socket.close(code, reason)
