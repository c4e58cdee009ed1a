"""The paths of the first product, for programs that still call them: the same data as under `/v1`.

Each answers as the path that took its place, which it names in `Link`; `Deprecation` (RFC 9745)
says since when that has been so. A camera is let in by its key, a person as everywhere.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Response

from cloud.accounts.access import Viewer
from cloud.captures.event_routes import TheStreams, stream_events
from cloud.captures.schemas import UnitFilter
from cloud.devices.access import CallingDevice, ViewerOrDevice
from cloud.devices.config import ConfigDocument
from cloud.devices.routes import read_device_config
from cloud.kit.errors import FieldError, Malformed
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.sse import EventStream

DEPRECATED_SINCE = "@1795305600"

router = APIRouter(prefix="/legacy/v1", tags=["Legacy"], deprecated=True)


@router.get("/device-config", response_model=ConfigDocument)
async def read_legacy_config(
    who: ViewerOrDevice,
    database: TheDatabase,
    settings: TheSettings,
    device_id: Annotated[str | None, Query(max_length=64)] = None,
) -> JsonAnswer:
    """The config document in force: a camera's own, or of the camera that a person names."""
    unit_id = device_id or _own_id(who)
    answer = await read_device_config(who, database, settings, unit_id)
    _say_what_took_its_place(answer, f"/v1/devices/{quote(unit_id, safe='')}/config")
    return answer


@router.get("/capture-events/stream", response_class=EventStream)
async def stream_legacy_events(
    who: Viewer,
    database: TheDatabase,
    streams: TheStreams,
    device_id: UnitFilter = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> EventStream:
    """The organization's news as server-sent events, of one device where one is named."""
    stream = await stream_events(who, database, streams, device_id, last_event_id)
    _say_what_took_its_place(stream, "/v1/capture-events/stream")
    return stream


def _own_id(who: object) -> str:
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
