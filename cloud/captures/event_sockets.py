"""The live stream as a WebSocket: the same news, and a word to resume from."""

from functools import partial
from typing import Any

from fastapi import APIRouter, WebSocket

from cloud.accounts.access import require_session
from cloud.accounts.sessions import Person
from cloud.accounts.socket_access import ViewerAtSocket
from cloud.captures.event_routes import TheStreams, find_unit
from cloud.devices.queries import device_not_found
from cloud.events.replaying import Wanted
from cloud.events.stream import Hearer
from cloud.kit import sockets
from cloud.kit.database import Database
from cloud.kit.limits import Limit
from cloud.kit.resources import TheDatabase

router = APIRouter()

RESUMING = Limit("resume", burst=30, seconds=60)
"""Of one person: each may read much of the log again."""


@router.websocket("/ws/capture-events")
async def speak_events(
    socket: WebSocket, who: ViewerAtSocket, database: TheDatabase, streams: TheStreams
) -> None:
    """Messages `{"event","id","data"}` go out; `{"cmd":"resume","after":n}` may come in.

    Each resumption says `connected` again, then what came after that number, then what happens.
    """
    if who is None:
        return
    async with sockets.closing(socket):
        typed = socket.query_params.get("device_id")
        if typed is not None and "\0" in typed:
            raise device_not_found()
        unit_id = await find_unit(database, who.organization_id, typed)
        hearer = Hearer(who.user_id, partial(require_session, database, who))
        after: int | None = None
        while True:
            wanted = Wanted(who.organization_id, unit_id, after)
            stream = await streams.open(hearer, wanted)
            after = await sockets.carry(socket, stream, _hear(socket, database, who))
            if after is None:
                return


async def _hear(socket: WebSocket, database: Database, who: Person) -> int:
    """The number to resume after. Raises Malformed for anything else that is said."""
    after = _read_resume(await sockets.receive_json(socket))
    await sockets.count(database, RESUMING, str(who.user_id))
    return after


def _read_resume(message: dict[str, Any]) -> int:
    after = message.get("after")
    if message.get("cmd") != "resume" or type(after) is not int or after < 0:
        raise sockets.not_understood()
    return after
