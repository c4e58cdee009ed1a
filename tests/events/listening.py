"""Reading a stream of server-sent events, one event after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson

from tests.factories import Someone, loopback_client

STREAM = "/v1/capture-events/stream"
PATIENCE = 10


@dataclass(frozen=True)
class Told:
    """One event as it came."""

    event: str
    id: int | None
    data: dict[str, Any]


class Listener:
    """Somebody who reads a stream. Pings are passed over."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> Told | None:
        """The next event; None when the stream has ended."""
        async with asyncio.timeout(PATIENCE):
            while (told := await self._read()) is not None:
                if told.event != "ping":
                    return told
        return None

    async def take(self, count: int) -> list[Told]:
        found = [await self.next() for _ in range(count)]
        return [told for told in found if told is not None]

    async def ping(self) -> Told | None:
        """Whatever comes next, a ping too."""
        async with asyncio.timeout(PATIENCE):
            return await self._read()

    async def _read(self) -> Told | None:
        fields: dict[str, str] = {}
        async for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                number = int(fields["id"]) if "id" in fields else None
                return Told(fields["event"], number, orjson.loads(fields["data"]))
            else:
                fields = {}
        return None


@asynccontextmanager
async def stream(
    base_url: str, someone: Someone, *, after: int | str | None = None, **query: str
) -> AsyncIterator[Listener]:
    """An open stream that has said how it is connected."""
    headers = dict(someone.headers)
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    async with (
        loopback_client(base_url=base_url, headers=headers, timeout=30) as client,
        client.stream("GET", STREAM, params=query) as response,
    ):
        yield Listener(response)
