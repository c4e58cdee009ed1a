"""A wire between the application and its database that tests can cut, and count on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import URL

from cloud.kit.database import Database


class Wire:
    """Stands between us and the database. Swallows everything when told to, and counts how often
    we spoke and then waited for an answer."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.open = asyncio.Event()
        self.open.set()
        self.round_trips = 0
        self._is_answering = True
        self._ends: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End all connections that there are, as a server does that is restarted."""
        for end in self._ends:
            end.close()

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_unix_connection(self._target)
        self._ends |= {forth, back}
        with suppress(ConnectionError):
            await asyncio.gather(
                self._pass(near, forth, answering=False), self._pass(far, back, answering=True)
            )

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answering: bool
    ) -> None:
        while data := await source.read(65536):
            await self.open.wait()
            self.round_trips += self._is_answering and not answering
            self._is_answering = answering
            target.write(data)
            await target.drain()
        target.close()


@asynccontextmanager
async def wired(url: URL, folder: Path) -> AsyncIterator[tuple[Wire, Database]]:
    directory, port = url.query["host"], url.query.get("port", "5432")
    wire = Wire(Path(str(directory)) / f".s.PGSQL.{port}")
    server = await asyncio.start_unix_server(wire.carry, folder / f".s.PGSQL.{port}")
    database = Database(url.update_query_dict({"host": str(folder)}), pool_size=1)
    try:
        yield wire, database
    finally:
        wire.open.set()
        await database.dispose()
        server.close()
