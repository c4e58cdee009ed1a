"""The paths of the first product, for programs that still call them: the same data as under `/v1`.

Each answers as the path that took its place, which it names in `Link`; `Deprecation` (RFC 9745)
says since when that has been so. A camera is let in by its key, and then everything is about that
camera; a person is let in as everywhere.
"""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request, Response

from cloud.accounts.access import bearer_token
from cloud.accounts.sessions import Person
from cloud.captures.event_routes import TheStreams, stream_events
from cloud.captures.schemas import UnitFilter
from cloud.devices.access import CallingDevice, MemberOrDevice, ViewerOrDevice, find_key
from cloud.devices.command_routes import (
    TheCommandStreams,
    read_number,
    require_own,
    stream_commands,
)
from cloud.devices.config import ConfigDocument
from cloud.devices.routes import read_device_config
from cloud.devices.throttles import LISTENING
from cloud.events.append import EventKind
from cloud.events.replaying import Wanted
from cloud.events.stream import EventStreams, Hearer
from cloud.kit.database import Database
from cloud.kit.errors import FieldError, Malformed
from cloud.kit.ids import hash_secret
from cloud.kit.json import JsonAnswer
from cloud.kit.limits import hold_to
from cloud.kit.messages import Message, Source
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.sse import EventStream
from cloud.triggers.asking import ask_for_picture
from cloud.triggers.routes import say_asked
from cloud.triggers.schemas import AskedAnswer

DEPRECATED_SINCE = "@1795305600"
NEWS_PATH = "/v1/capture-events/stream"

router = APIRouter(prefix="/legacy/v1", tags=["Legacy"], deprecated=True)

UnitQuery = Annotated[str | None, Query(max_length=64)]
LastEventId = Annotated[str | None, Header(max_length=40)]


@router.get("/device-config", response_model=ConfigDocument)
async def read_legacy_config(
    who: ViewerOrDevice, database: TheDatabase, settings: TheSettings, device_id: UnitQuery = None
) -> JsonAnswer:
    """The config document in force: a camera's own, or of the camera that a person names."""
    unit_id = _named(who, device_id)
    answer = await read_device_config(who, database, settings, unit_id)
    _say_what_took_its_place(answer, f"/v1/devices/{quote(unit_id, safe='')}/config")
    return answer


@router.post("/manual-trigger", status_code=202, response_model=AskedAnswer)
async def trigger_legacy(
    who: MemberOrDevice, database: TheDatabase, device_id: UnitQuery = None
) -> JsonAnswer:
    """Ask for a picture now: of the camera whose key it is, or that a person names."""
    unit_id = _named(who, device_id)
    if isinstance(who, CallingDevice):
        require_own(unit_id, who)
    async with database.work_for(who.organization_id) as work:
        answer = say_asked(await ask_for_picture(work, who, unit_id))
    _say_what_took_its_place(answer, f"/v1/devices/{quote(unit_id, safe='')}/trigger")
    return answer


@router.get("/manual-trigger/stream", response_class=EventStream)
async def stream_legacy_triggers(
    who: ViewerOrDevice,
    request: Request,
    database: TheDatabase,
    streams: TheStreams,
    command_streams: TheCommandStreams,
    device_id: UnitFilter = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """A camera hears its commands; a person hears what becomes of the triggers."""
    if isinstance(who, CallingDevice):
        unit_id = _named(who, device_id)
        stream = await stream_commands(
            who, request, database, command_streams, unit_id, None, last_event_id
        )
        _say_what_took_its_place(stream, f"/v1/devices/{quote(unit_id, safe='')}/commands")
        return stream
    news = await stream_events(who, database, streams, device_id, last_event_id)
    stream = EventStream(_Triggers(news.source))
    _say_what_took_its_place(stream, NEWS_PATH)
    return stream


@router.get("/capture-events/stream", response_class=EventStream)
async def stream_legacy_events(
    who: ViewerOrDevice,
    request: Request,
    database: TheDatabase,
    streams: TheStreams,
    device_id: UnitFilter = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """The organization's news, of one camera where one is named; for a camera its own."""
    if isinstance(who, CallingDevice):
        require_own(_named(who, device_id), who)
        await hold_to(request, database, LISTENING, str(who.device_id))
        key_hash = hash_secret(bearer_token(request) or "")
        stream = await _stream_of_device(database, streams, who, key_hash, last_event_id)
    else:
        stream = await stream_events(who, database, streams, device_id, last_event_id)
    _say_what_took_its_place(stream, NEWS_PATH)
    return stream


class _Triggers:
    """A stream of news without what is not about triggers."""

    SAID = frozenset({"connected", "reset", "ping", EventKind.TRIGGER_UPDATED})

    def __init__(self, source: Source) -> None:
        self._source = source

    async def messages(self) -> AsyncIterator[Message]:
        async for message in self._source.messages():
            if message.event in self.SAID:
                yield message

    def close(self) -> None:
        self._source.close()


async def _stream_of_device(
    database: Database,
    streams: EventStreams,
    device: CallingDevice,
    key_hash: bytes,
    last_event_id: str | None,
) -> EventStream:
    async def admit() -> None:
        await find_key(database, key_hash)

    wanted = Wanted(device.organization_id, device.unit_id, read_number(last_event_id))
    return EventStream(await streams.open(Hearer(device.device_id, admit, watched=True), wanted))


def _named(who: Person | CallingDevice, device_id: str | None) -> str:
    """The camera that it is about. Raises Malformed where a person names none."""
    if device_id is not None:
        return device_id
    if isinstance(who, CallingDevice):
        return who.unit_id
    raise Malformed(
        "device_id_missing",
        "Say which camera: add ?device_id=.",
        errors=(FieldError("device_id", "is required of people"),),
    )


def _say_what_took_its_place(answer: Response, path: str) -> None:
    answer.headers["Deprecation"] = DEPRECATED_SINCE
    answer.headers["Link"] = f'<{path}>; rel="successor-version"'
