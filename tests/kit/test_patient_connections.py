"""A database that is connected, but silent, is given up like one that is gone."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from cloud.kit.errors import Unavailable
from cloud.kit.patient_connections import PatientConnection
from tests.kit.wires import wired


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
