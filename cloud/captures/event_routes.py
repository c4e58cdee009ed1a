"""The address of the live stream: what becomes of captures, cameras and incidents."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from starlette.requests import HTTPConnection

from cloud.accounts.access import Viewer, require_session
from cloud.captures.queries import device_of_unit
from cloud.captures.schemas import UnitFilter
from cloud.events.replaying import Wanted
from cloud.events.stream import EventStreams, Hearer
from cloud.kit.database import Database
from cloud.kit.resources import TheDatabase
from cloud.kit.sse import EventStream

router = APIRouter(tags=["Events"])


async def _streams(connection: HTTPConnection) -> EventStreams:
    streams: EventStreams = connection.app.state.event_streams
    return streams


TheStreams = Annotated[EventStreams, Depends(_streams)]


@router.get("/v1/capture-events/stream", response_class=EventStream)
async def stream_events(
    who: Viewer,
    database: TheDatabase,
    streams: TheStreams,
    device_id: UnitFilter = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> EventStream:
    """The organization's news as server-sent events, of one device where one is named.

    `id:` is the organization's own gap-free number; with `Last-Event-ID`, what was missed is sent
    first. A reader that cannot be replayed what it missed is sent `reset`: read the lists anew.
    404 for a camera that is not the organization's.
    """
    unit_id = await find_unit(database, who.organization_id, device_id)
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() else None
    hearer = Hearer(who.user_id, partial(require_session, database, who))
    return EventStream(await streams.open(hearer, Wanted(who.organization_id, unit_id, after)))


async def find_unit(database: Database, organization_id: UUID, typed: str | None) -> str | None:
    """The unit whose news is asked for; None for all of them. Raises NotFound."""
    if typed is None:
        return None
    async with database.work_for(organization_id) as work:
        return (await device_of_unit(work, typed)).unit_id
