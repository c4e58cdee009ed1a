import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import URL, text

from cloud.kit import bells as module
from cloud.kit.bells import Bells, ring, wait_for
from cloud.kit.database import Database

PATIENCE = 10


CONNECTED = "connected"


class Ear:
    """Hears one topic, and can be waited for."""

    def __init__(self) -> None:
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.connected = asyncio.Event()

    def hear(self, key: str) -> None:
        if key == CONNECTED:
            self.connected.set()
        else:
            self.keys.put_nowait(key)

    async def next(self) -> str:
        return await asyncio.wait_for(self.keys.get(), PATIENCE)


@pytest.fixture
def topic() -> str:
    """A topic of this test's own."""
    return f"topic-{uuid4().hex}"


@asynccontextmanager
async def listening(database: Database, topic: str) -> AsyncIterator[tuple[Bells, Ear]]:
    """Bells on a connection of their own, and an ear that hears by them."""
    bells, ear = Bells(database.url), Ear()
    running = asyncio.create_task(bells.run())
    async with bells.heard(topic, ear.hear):
        async with asyncio.timeout(PATIENCE):
            while not ear.connected.is_set():
                async with database.work() as work:
                    await ring(work, topic, CONNECTED)
        yield bells, ear
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_bell_is_heard_on_every_connection_that_listens(
    database: Database, topic: str
) -> None:
    async with (
        listening(database, topic) as (_, one),
        listening(database, topic) as (_, two),
    ):
        async with database.work() as work:
            await ring(work, topic, "a key")
        assert await one.next() == await two.next() == "a key"


async def test_a_bell_is_heard_only_after_the_commit(database: Database, topic: str) -> None:
    async with listening(database, topic) as (_, ear):
        async with database.work() as slow:
            await ring(slow, topic, "rung first")
            async with database.work() as quick:
                await ring(quick, topic, "committed first")
            assert await ear.next() == "committed first"
            assert ear.keys.empty()
        assert await ear.next() == "rung first"


async def test_a_bell_rung_in_vain_is_never_heard(database: Database, topic: str) -> None:
    async with listening(database, topic) as (_, ear):
        async with database.work() as work:
            await ring(work, topic, "rolled back")
            await work.session.rollback()
        async with database.work() as work:
            await ring(work, topic, "committed")
        assert await ear.next() == "committed"


async def test_bells_of_other_topics_are_not_heard(database: Database, topic: str) -> None:
    async with listening(database, topic) as (_, ear):
        async with database.work() as work:
            await ring(work, f"{topic}-other", "not ours")
            await ring(work, topic, "ours")
        assert await ear.next() == "ours"


async def test_after_a_lost_connection_everyone_looks_and_bells_are_heard_again(
    database: Database, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECONNECT_SECONDS", 0.01)
    async with listening(database, topic) as (_, ear):
        await end_listeners(database.url)
        assert await ear.next() == "", "whoever waits is told that it may have missed something"
        async with database.work() as work:
            await ring(work, topic, "after")
        assert await ear.next() == "after"


async def end_listeners(url: URL) -> None:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'visant bells' AND datname = current_database()"
        )


async def test_whoever_stopped_listening_hears_nothing_more(database: Database, topic: str) -> None:
    async with listening(database, topic) as (bells, ear):
        left = Ear()
        async with bells.heard(topic, left.hear):
            pass
        async with database.work() as work:
            await ring(work, topic, "late")
        assert await ear.next() == "late"
        assert left.keys.empty()


async def test_waiting_ends_by_the_bell_or_by_the_time() -> None:
    event = asyncio.Event()
    assert not await wait_for(event, 0.01)
    event.set()
    assert await wait_for(event, PATIENCE)
    assert not event.is_set()


async def test_text_in_a_key_stays_text(database: Database, topic: str) -> None:
    key = "a b'; DROP TABLE users; --"
    async with listening(database, topic) as (_, ear):
        async with database.work() as work:
            await ring(work, topic, key)
        assert await ear.next() == key
    async with database.work() as work:
        assert await work.scalar(text("SELECT to_regclass('users') IS NOT NULL"))


@pytest.mark.parametrize("steps", range(4))
async def test_a_wait_that_is_cancelled_as_the_event_is_set_is_cancelled(steps: int) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_for(event, 3600))
    await asyncio.sleep(0)
    event.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    ended = waiting.done()
    waiting.cancel()
    if ended:
        assert await waiting
    else:
        with pytest.raises(asyncio.CancelledError):
            await waiting
