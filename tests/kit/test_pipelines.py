"""Statements that are sent together: one round trip, in order, all or none."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import IntegrityError

from cloud.kit.database import Database
from cloud.kit.errors import Unavailable
from tests.factories import make_organization
from tests.kit.wires import wired

LIMIT = text("INSERT INTO rate_limits (key, arrival_at) VALUES (:key, now())")
ADD = text("SELECT CAST(:one AS int) + 1 AS more")
KNOWN = text("SELECT count(*) AS known FROM rate_limits WHERE key = :key")


async def test_each_statement_has_its_rows_and_those_that_return_nothing_have_none(
    database: Database,
) -> None:
    key = str(uuid4())
    async with database.work() as work:
        first, written, known = await work.together(
            (ADD, {"one": 1}), (LIMIT, {"key": key}), (KNOWN, {"key": key})
        )
    assert (first[0].more, written, known[0].known) == (2, [], 1)


async def test_what_fails_is_raised_and_nothing_of_the_transaction_stays(
    database: Database,
) -> None:
    twice, later = str(uuid4()), str(uuid4())

    async def fail() -> None:
        async with database.work() as work:
            await work.together(*((LIMIT, {"key": key}) for key in (twice, twice, later)))

    with pytest.raises(IntegrityError):
        await fail()
    async with database.work() as work:
        assert [await work.scalar(KNOWN, {"key": key}) for key in (twice, later)] == [0, 0]


async def test_a_connection_that_is_lost_on_the_way_is_replaced(
    database_url: URL, tmp_path: Path
) -> None:
    async with wired(database_url, tmp_path) as (wire, database):

        async def lose() -> None:
            async with database.work() as work:
                wire.cut()
                await work.together((ADD, {"one": 1}), (ADD, {"one": 2}))

        with pytest.raises(Unavailable):
            await lose()
        async with database.work() as work:
            assert await work.scalar(ADD, {"one": 1}) == 2


async def test_who_gives_up_while_waiting_leaves_nothing_behind_for_the_next(
    database_url: URL, tmp_path: Path
) -> None:
    async with wired(database_url, tmp_path) as (wire, database):
        is_asking = asyncio.Event()

        async def wait_in_vain() -> None:
            async with database.work() as work:
                wire.open.clear()
                is_asking.set()
                await work.together((ADD, {"one": 1}), (ADD, {"one": 2}))

        waiting = asyncio.create_task(wait_in_vain())
        await is_asking.wait()
        waiting.cancel()
        wire.open.set()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with database.work() as work:
            (found,) = await work.together((ADD, {"one": 40}))
            assert [row.more for row in found] == [41]


async def test_a_question_inside_an_organization_takes_one_round_trip(
    database: Database, database_url: URL, tmp_path: Path
) -> None:
    mine, key = await make_organization(database), str(uuid4())
    sees = text("SELECT current_setting('app.organization_id') AS seen")
    async with wired(database_url, tmp_path) as (wire, wired_database):
        await wired_database.ask_for(mine, (sees, {}))
        before = wire.round_trips
        seen, _ = await wired_database.ask_for(mine, (sees, {}), (LIMIT, {"key": key}))
        assert wire.round_trips - before == 1
    assert seen[0].seen == str(mine)
    async with database.work() as work:
        assert await work.scalar(KNOWN, {"key": key}) == 1, "and is committed"
