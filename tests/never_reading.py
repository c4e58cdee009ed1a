"""A client that asks and then never reads: a real socket with the smallest buffer there is."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

from fastapi import FastAPI

from cloud.kit.connections import TimedProtocol, TimedSocketProtocol
from tests.conftest import serving

SMALLEST_BUFFER = 1
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class HastyProtocol(TimedProtocol):
    unread_seconds = 0.5


class HastySocketProtocol(TimedSocketProtocol):
    unread_seconds = 0.5


@asynccontextmanager
async def serving_hastily(app: FastAPI) -> AsyncIterator[str]:
    """The application at an address where nobody is waited for for long."""
    async with serving(app, protocol=HastyProtocol, sockets=HastySocketProtocol) as url:
        yield url


async def until(is_so: Callable[[], bool], *, within: float) -> bool:
    """Whether it comes true in that many seconds. The kernel that tears tells no client."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not is_so():  # noqa: ASYNC110  # nothing rings
                await asyncio.sleep(0.02)
    return is_so()


@contextmanager
def never_reading(url: str, path: str, headers: Mapping[str, str]) -> Iterator[None]:
    """Ask for a path, and let the answer come or not."""
    place = urlsplit(url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
        connection.connect((place.hostname, place.port))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n{head}\r\n".encode())
        yield
