"""WebSockets: whose pages may open one, how its first message is awaited, how a stream is carried.

A page of our own is known by its cookie; one of an origin that the operator has named must send a
token in its first message, as must whoever names no origin and sends no credential; pages of all
other sites are refused before anything is accepted.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import orjson
from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from cloud.kit.cors import ANY_ORIGIN
from cloud.kit.database import Database
from cloud.kit.errors import Malformed, Problem, TooManyRequests, Unauthenticated
from cloud.kit.limits import Limit, spend
from cloud.kit.messages import Source
from cloud.kit.origin import is_own
from cloud.kit.seats import Seats
from cloud.kit.settings import Settings

FIRST_MESSAGE_SECONDS = 10.0
UNNAMED_OF_NETWORK = 300
UNNAMED_IN_ALL = 2000
"""How many may be open at once that have not said yet who they are."""

LONGEST_MESSAGE = 16 * 1024

ENDED = 1000
TRY_LATER = 1013
FIRST_OF_OURS = 500
"""Problems from this status on are the server's own. A socket is closed with 4000 and the status of
those before it: 4401 who are you, 4404 not found, 4422 not understood, 4429 too often."""
LONGEST_REASON = 100

T = TypeVar("T")


def comes_from_us(socket: WebSocket, settings: Settings) -> bool:
    """Whether a page of ours opened it. Programs name no origin; browsers always do."""
    origin = socket.headers.get("origin")
    return origin is not None and is_own(origin, socket.headers.get("host"), settings)


def may_open(socket: WebSocket, settings: Settings) -> bool:
    """Whether the handshake may be accepted at all."""
    origin = socket.headers.get("origin")
    if origin is None or comes_from_us(socket, settings):
        return True
    return not {origin, ANY_ORIGIN}.isdisjoint(settings.cors_allowed_origins)


async def let_in(
    socket: WebSocket, settings: Settings, identify: Callable[[], Awaitable[T]]
) -> T | None:
    """Accept and identify whoever opened it; None once the socket is closed again."""
    if not may_open(socket, settings):
        await socket.close()  # before accepting: the handshake is answered with 403
        return None
    await socket.accept()
    try:
        return await identify()
    except Problem as problem:
        await refuse(socket, problem)
    except WebSocketDisconnect:
        pass
    return None


async def receive_json(socket: WebSocket) -> dict[str, Any]:
    """The next message. Raises Malformed for anything but a short JSON object."""
    try:
        text = await socket.receive_text()
        said = orjson.loads(text) if len(text) <= LONGEST_MESSAGE else None
    except (KeyError, ValueError):  # bytes, or no JSON
        said = None
    if not isinstance(said, dict):
        raise not_understood()
    return said


async def receive_token(socket: WebSocket, address: str) -> str:
    """The token in the first message. Raises Unauthenticated, TooManyRequests, Unavailable."""
    seats: Seats = socket.app.state.unnamed_sockets
    with seats.taken(address):
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                token = (await receive_json(socket)).get("token")
        except (TimeoutError, Malformed):
            token = None
    if not isinstance(token, str):
        raise Unauthenticated("token_missing", 'Say who you are first: {"token": "…"}.')
    return token


async def count(database: Database, limit: Limit, key: str) -> None:
    """Count something that came in. Raises TooManyRequests."""
    if not (await spend(database, limit, key)).allowed:
        raise TooManyRequests("too_many_requests", "That was too often. Wait a little.")


def not_understood() -> Malformed:
    return Malformed("message_malformed", "This message cannot be understood.")


async def carry(socket: WebSocket, source: Source, hearing: Coroutine[Any, Any, T]) -> T | None:
    """Send a stream's messages and hear what comes in, until either ends.

    What the hearing came to; None where the messages ended first.
    """
    telling = asyncio.create_task(_tell(socket, source))
    listening = asyncio.create_task(hearing)
    try:
        await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
        return listening.result() if listening.done() else telling.result()
    finally:
        source.close()
        for task in (telling, listening):
            task.cancel()
        await asyncio.gather(telling, listening, return_exceptions=True)


@asynccontextmanager
async def closing(socket: WebSocket) -> AsyncIterator[None]:
    """Close the socket at the end, by a code of its own where a problem was raised."""
    try:
        yield
        await close(socket, ENDED, "")
    except WebSocketDisconnect:
        return
    except Problem as problem:
        await refuse(socket, problem)


async def refuse(socket: WebSocket, problem: Problem) -> None:
    """Close the socket by the code that stands for a problem."""
    known = problem.status < FIRST_OF_OURS
    await close(socket, 4000 + problem.status if known else TRY_LATER, problem.detail)


async def _tell(socket: WebSocket, source: Source) -> None:
    with suppress(WebSocketDisconnect):
        async for message in source.messages():
            await socket.send_text(message.text)


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close it, unless it is closed."""
    if WebSocketState.DISCONNECTED not in {socket.client_state, socket.application_state}:
        await socket.close(code, reason[:LONGEST_REASON])
