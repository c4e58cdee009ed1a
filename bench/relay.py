"""A camera's way to the cloud: through here to one server or another, and broken when told."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

CHUNK = 64 * 1024


class Relay:
    """Passes bytes on to the server that it leads to. What the way breaks is gone at once."""

    def __init__(self, leads_to: str) -> None:
        self._leads_to = leads_to
        self._server: asyncio.Server
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> str:
        """The address for the camera."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def lead_to(self, url: str) -> None:
        """From now on to that server; whatever was connected is cut off."""
        self._leads_to = url
        for end in self._ends:
            end.transport.abort()

    async def close(self) -> None:
        self._server.close()
        self.lead_to(self._leads_to)
        await self._server.wait_closed()

    async def _carry(self, camera: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._ends.add(back)
        url = self._leads_to
        try:
            answers, on = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        except OSError:
            self._end(back)
            return
        self._ends.add(on)
        if self._leads_to != url:  # led elsewhere meanwhile
            back.transport.abort()
        await asyncio.gather(self._pump(camera, on), self._pump(answers, back))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                sink.write(data)
                await sink.drain()
        self._end(sink)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._ends.discard(writer)
        writer.close()
