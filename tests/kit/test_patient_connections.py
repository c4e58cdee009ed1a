"""A database that is connected, but silent, is given up like one that is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from cloud.kit.database import Database
from cloud.kit.errors import Unavailable
from cloud.kit.patient_connections import PatientConnection


class Wire:
    """Stands between us and the database, and swallows everything when told to."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.open = asyncio.Event()
        self.open.set()

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_unix_connection(self._target)
        with suppress(ConnectionError):
            await asyncio.gather(self._pass(near, forth), self._pass(far, back))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self.open.wait()
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


async def test_work_on_a_silent_database_ends_and_goes_on_when_it_speaks_again(
    database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientConnection, "answer_seconds", 0.2)

    async def ask() -> int:
        return int((await database.ask(text("SELECT 1")))[0][0])

    async with wired(database_url, tmp_path) as (wire, database):
        assert await ask() == 1
        wire.open.clear()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(ask(), 5)
        wire.open.set()
        assert await ask() == 1
