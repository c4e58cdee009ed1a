"""WebSockets: whose pages may open one, how its first message is awaited, how a stream is carried.

A page of our own is known by its cookie; one of an origin that the operator has named must send a
token in its first message, as must whoever names no origin and sends no credential; pages of all
other sites are refused before anything is accepted.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import orjson
from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from cloud.kit.cors import ANY_ORIGIN
from cloud.kit.messages import Source
from cloud.kit.origin import is_own
from cloud.kit.settings import Settings

FIRST_MESSAGE_SECONDS = 10.0
LONGEST_MESSAGE = 16 * 1024

ENDED = 1000
TRY_LATER = 1013
REFUSED = 4401
NOT_FOUND = 4404
NOT_UNDERSTOOD = 4422
TOO_OFTEN = 4429


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


async def receive_json(socket: WebSocket) -> dict[str, Any]:
    """The next message. Raises ValueError for anything but a short JSON object."""
    text = await socket.receive_text()
    if len(text) > LONGEST_MESSAGE:
        raise ValueError("too long")
    said = orjson.loads(text)
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004  # of the other side's, no programming error
    return said


async def receive_token(socket: WebSocket) -> str:
    """The token in the first message. Raises ValueError, TimeoutError, WebSocketDisconnect."""
    async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
        token = (await receive_json(socket)).get("token")
    if not isinstance(token, str) or "\0" in token:
        raise ValueError("no token")
    return token


async def carry(socket: WebSocket, source: Source, hearing: Coroutine[Any, Any, None]) -> None:
    """Send a stream's messages and hear what comes in, until either ends; then close."""
    telling = asyncio.create_task(_tell(socket, source))
    listening = asyncio.create_task(hearing)
    try:
        done, _ = await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        source.close()
        for task in (telling, listening):
            task.cancel()
        await asyncio.gather(telling, listening, return_exceptions=True)
    for task in done:
        task.result()
    await close(socket, ENDED, "")


async def _tell(socket: WebSocket, source: Source) -> None:
    with suppress(WebSocketDisconnect):
        async for message in source.messages():
            await socket.send_text(message.text)


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close it, unless it is closed."""
    if WebSocketState.DISCONNECTED not in {socket.client_state, socket.application_state}:
        await socket.close(code, reason)
