"""Bells: news that rows have changed, over every process on the same database.

A bell carries no content, only a topic and a key (`events`, an organization's id). It is rung
inside a transaction and heard after its commit, by LISTEN/NOTIFY. A bell may be missed (the
connection was down), so whoever waits for one also looks on its own every few seconds.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
from sqlalchemy import URL, text

from cloud.kit.database import Work
from cloud.kit.logs import get_logger

CHANNEL = "visant"
RECONNECT_SECONDS = 1.0

log = get_logger(__name__)


async def ring(work: Work, topic: str, key: str = "") -> None:
    """Ring once this work is committed; rolled back, nothing is heard."""
    await work.execute(NOTIFY, bell(topic, key))


def bell(topic: str, key: str = "") -> dict[str, str]:
    """The parameters of `RING`, for a statement that rings along with what it writes."""
    return {"bell_channel": CHANNEL, "bell_payload": f"{topic} {key}"}


RING = "pg_notify(:bell_channel, :bell_payload)"
NOTIFY = text(f"SELECT {RING}")


class Bells:
    """One listening connection per process; hands each bell to those who wait for its topic."""

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._listeners: dict[str, set[Callable[[str], None]]] = defaultdict(set)
        self._missed_some = False

    @asynccontextmanager
    async def heard(self, topic: str, listener: Callable[[str], None]) -> AsyncIterator[None]:
        """Call `listener(key)` on each bell of the topic, and with "" after a reconnection."""
        self._listeners[topic].add(listener)
        try:
            yield
        finally:
            self._listeners[topic].discard(listener)

    async def run(self) -> None:
        """Listen until cancelled, and again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("bells_lost", error=str(error).strip())
            self._missed_some = True
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            application_name="visant bells",
            connect_timeout=3,
            keepalives_idle=15,
            keepalives_interval=5,
            keepalives_count=3,
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            if self._missed_some:
                self._wake_everyone()
            async for notification in connection.notifies():
                topic, _, key = notification.payload.partition(" ")
                for listener in tuple(self._listeners[topic]):
                    listener(key)

    def _wake_everyone(self) -> None:
        for listeners in tuple(self._listeners.values()):
            for listener in tuple(listeners):
                listener("")


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set or the time is over; whether it was set. Clears it.

    Not by `asyncio.wait_for`, which until Python 3.12 loses a cancellation that comes just as the
    event is set: a worker would go on that was told to stop.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    was_set = event.is_set()
    event.clear()
    return was_set
