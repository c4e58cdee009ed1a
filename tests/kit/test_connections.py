import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from cloud.kit.connections import TimedProtocol
from cloud.kit.server import make_server


class HastyProtocol(TimedProtocol):
    head_seconds = 0.2


@asynccontextmanager
async def serving_hastily() -> AsyncIterator[int]:
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.6)
        return "worth waiting for"

    listener = socket.create_server(("127.0.0.1", 0))
    stopping = asyncio.Event()
    server = make_server(app, host="127.0.0.1", port=0, stopping=stopping, protocol=HastyProtocol)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    port = listener.getsockname()[1]
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def say(port: int, *pieces: bytes) -> bytes:
    """Send pieces, then read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("head", [b"", b"GET /slow HTTP/1.1\r\nHost: a", b"G"])
async def test_a_connection_that_never_finishes_its_head_is_closed(head: bytes) -> None:
    async with serving_hastily() as port:
        assert await say(port, head) == b""


async def test_an_answer_may_take_longer_than_a_head() -> None:
    async with serving_hastily() as port:
        answer = await say(port, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.endswith(b'"worth waiting for"')


async def test_a_second_request_on_a_connection_has_its_own_time() -> None:
    request = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
    async with serving_hastily() as port:
        answer = await say(port, request, request + b"GET /slow HTTP/1.1\r\nHo")
        assert answer.count(b"worth waiting for") == 2
