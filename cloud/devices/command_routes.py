"""The address at which cameras hear their commands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.requests import HTTPConnection

from cloud.accounts.access import bearer_token
from cloud.devices.access import CallingDevice, TheDevice
from cloud.devices.command_schemas import DeviceVersion
from cloud.devices.command_stream import Listening
from cloud.devices.command_streams import CommandStreams
from cloud.devices.queries import device_not_found
from cloud.devices.spelling import normal_unit_id
from cloud.devices.throttles import LISTENING
from cloud.kit.ids import hash_secret
from cloud.kit.limits import hold_to
from cloud.kit.resources import TheDatabase
from cloud.kit.sse import EventStream
from device.wire import COMMANDS_PATH

router = APIRouter(tags=["Devices"])

LARGEST_NUMBER_LENGTH = 18


async def _streams(connection: HTTPConnection) -> CommandStreams:
    streams: CommandStreams = connection.app.state.command_streams
    return streams


TheCommandStreams = Annotated[CommandStreams, Depends(_streams)]


@router.get(COMMANDS_PATH, response_class=EventStream)
async def stream_commands(
    calling: TheDevice,
    request: Request,
    database: TheDatabase,
    streams: TheCommandStreams,
    device_id: str,
    device_version: Annotated[DeviceVersion | None, Query()] = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> EventStream:
    """What the camera is to do, as server-sent events: `connected` first, then as it happens.

    `id:` counts the camera's commands. Those behind `Last-Event-ID`, or all without it, are sent
    again until they are acknowledged or expire. A newer stream of a camera ends the one before.
    """
    require_own(device_id, calling)
    await hold_to(request, database, LISTENING, str(calling.device_id))
    key_hash = hash_secret(bearer_token(request) or "")
    who = Listening(calling, key_hash, read_number(last_event_id), device_version)
    return EventStream(await streams.open(who))


def require_own(device_id: str, calling: CallingDevice) -> None:
    """A camera hears only its own commands. Raises NotFound."""
    if normal_unit_id(device_id) != calling.unit_id:
        raise device_not_found()


def read_number(text: str | None) -> int | None:
    """The number of an event; None for whatever is none."""
    if text and text.isascii() and text.isdecimal() and len(text) <= LARGEST_NUMBER_LENGTH:
        return int(text)
    return None
