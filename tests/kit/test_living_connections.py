"""A connection that the server has closed is replaced before anybody works with it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from cloud.kit.database import Database

ONE = text("SELECT 1")
ME = text("SELECT pg_backend_pid()")
END = text("SELECT pg_terminate_backend(:pid, 5000)")


@pytest.fixture
async def few(database_url: URL) -> AsyncIterator[Database]:
    """A pool of its own with one connection."""
    database = Database(database_url, pool_size=1)
    yield database
    await database.dispose()


async def test_a_connection_that_lives_is_used_again(few: Database) -> None:
    assert await pid_of(few) == await pid_of(few)


async def test_work_after_the_server_ended_the_connection_gets_a_new_one(
    few: Database, database_url: URL
) -> None:
    before = await pid_of(few)
    end(database_url, before)
    assert await pid_of(few) != before


async def test_a_single_statement_after_it_gets_a_new_one_too(
    few: Database, database_url: URL
) -> None:
    end(database_url, await pid_of(few))
    assert [row[0] for row in await few.ask(ONE)] == [1]


async def pid_of(database: Database) -> int:
    async with database.work() as work:
        return int(await work.scalar(ME))


def end(url: URL, pid: int) -> None:
    """As the owner of the database: the application's role may not."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.scalar(END, {"pid": pid})
    engine.dispose()
