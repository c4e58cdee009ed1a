"""The address of the live stream."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import HTTPConnection

from cloud.accounts.access import Viewer
from cloud.events.stream import EventStreams, Wanted
from cloud.kit.sse import EventStream

router = APIRouter(tags=["Events"])


async def _streams(connection: HTTPConnection) -> EventStreams:
    streams: EventStreams = connection.app.state.event_streams
    return streams


TheStreams = Annotated[EventStreams, Depends(_streams)]


@router.get("/v1/capture-events/stream", response_class=EventStream)
async def stream_events(
    who: Viewer,
    streams: TheStreams,
    device_id: Annotated[str | None, Query(max_length=64)] = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> EventStream:
    """The organization's news as server-sent events, of one device where one is named.

    `id:` is the organization's own gap-free number; with `Last-Event-ID`, what was missed is sent
    first. A reader that cannot be replayed what it missed is sent `reset`: read the lists anew.
    """
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() else None
    wanted = Wanted(who.organization_id, device_id, after)
    with streams.place(who):
        pass
    return EventStream(streams.frames(who, wanted))
