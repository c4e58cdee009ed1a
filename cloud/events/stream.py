"""Live streams of the organization's news: replayed from the table, then as it happens.

One reader of the log per process and organization: when an organization's bell rings, what is new
is read once, encoded once, and offered to all of its open streams. A stream first replays what its
reader missed, up to the newest number; the hub's news goes on from there, and what overlaps is
passed over by its number. One ticker gives all streams their pings.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from cloud.accounts.sessions import SESSION_ENDED_TOPIC
from cloud.events.append import EVENTS_TOPIC
from cloud.events.queries import news_after
from cloud.events.replaying import (
    READ_AT_ONCE,
    Wanted,
    read_newest,
    replay,
    say,
    say_connected,
    topic,
)
from cloud.kit.bells import Bells, wait_for
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.errors import TooManyRequests, Unauthenticated, Unavailable
from cloud.kit.hub import Hub, Reader, ReaderClosed
from cloud.kit.messages import Message, message

LOOK_EVERY_SECONDS = 3.0
PEOPLE_EVERY_SECONDS = 60.0
"""How often it is asked whether people may still hear."""

STREAMS_OF_ONE_PERSON = 20


@dataclass(frozen=True)
class Hearer:
    """Who hears: a person or a device, by the id that their streams are counted by.

    `admit` raises Unauthenticated once they may not hear any more. A bell rings where a person's
    sign-in is ended, and none where it runs out; nor does one at the end of a key, so those who
    hear by a key are `watched`: asked every few seconds.
    """

    id: UUID
    admit: Callable[[], Awaitable[None]]
    watched: bool = False


class NewsStream:
    """One open stream, until its reader leaves, its hearer may not hear or the process stops."""

    def __init__(
        self,
        database: Database,
        hearer: Hearer,
        wanted: Wanted,
        reader: Reader,
        leave: Callable[["NewsStream"], None],
    ) -> None:
        self.hearer = hearer
        self.wanted = wanted
        self.reader = reader
        self.newest = 0
        """The number up to which it replays; what is offered begins after it."""
        self._database = database
        self._leave = leave

    def close(self) -> None:
        self._leave(self)

    async def messages(self) -> AsyncIterator[Message]:
        yield say_connected(self.wanted, self.newest)
        async for missed in replay(self._database, self.wanted, self.newest):
            yield missed
        try:
            while True:
                told = await self.reader.next()
                if told.id is None or told.id > self.newest:
                    yield told
        except ReaderClosed:
            return


class EventStreams:
    """All open streams of this process."""

    def __init__(self, database: Database, bells: Bells, *, ping_seconds: float) -> None:
        self._database = database
        self._bells = bells
        self._ping_seconds = ping_seconds
        self._hub = Hub()
        self._told: dict[UUID, int] = {}
        self._of: defaultdict[UUID, set[NewsStream]] = defaultdict(set)
        self._rung: set[str] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Tell what is new until cancelled; to be run again where it fails.

        Everything is looked at every few seconds, however often the bells of some ring: another's
        bell may have been missed.
        """
        clock = asyncio.get_running_loop()
        look_at = clock.time() + LOOK_EVERY_SECONDS
        ping_at = clock.time() + self._ping_seconds

        async with (
            self._bells.heard(EVENTS_TOPIC, self._hear),
            self._bells.heard(SESSION_ENDED_TOPIC, self._end_of),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._look_at_people())
            self._end_of("")  # nobody heard bells until now
            while True:
                await wait_for(self._wake, max(0, min(look_at, ping_at) - clock.time()))
                if clock.time() >= ping_at:
                    ping_at = clock.time() + self._ping_seconds
                    self._hub.offer_all(message("ping", {"server_time": utc_now()}))
                everything = "" in self._rung or clock.time() >= look_at
                if everything:
                    look_at = clock.time() + LOOK_EVERY_SECONDS
                    await self._send_away(watched=True)
                heard = {UUID(key) for key in self._rung if key}
                self._rung.clear()
                for organization_id in list(self._told):
                    if everything or organization_id in heard:
                        await self._tell(organization_id)

    def close(self) -> None:
        """End all streams: the process is stopping."""
        self._hub.close()

    def count(self) -> int:
        return self._hub.count()

    async def open(self, hearer: Hearer, wanted: Wanted) -> NewsStream:
        """A stream, to be closed by whoever carries it.

        Raises TooManyRequests beyond a person's bound, and what admitting the hearer raises.
        """
        if len(self._of.get(hearer.id, ())) >= STREAMS_OF_ONE_PERSON:
            raise TooManyRequests(
                "too_many_streams", "Too many pages are open at once. Close some.", retry_after=5
            )
        reader = self._hub.add(wanted.key)
        stream = NewsStream(self._database, hearer, wanted, reader, self._leave)
        self._of[hearer.id].add(stream)
        with ExitStack() as undo:
            undo.callback(stream.close)
            await hearer.admit()  # again, now that its end would be heard
            stream.newest = await read_newest(self._database, wanted.organization_id)
            undo.pop_all()
        if wanted.organization_id not in self._told:
            self._told[wanted.organization_id] = stream.newest
            self._hear(str(wanted.organization_id))  # its bell may have rung while nobody listened
        return stream

    def _hear(self, key: str) -> None:
        self._rung.add(key)
        self._wake.set()

    def _leave(self, stream: NewsStream) -> None:
        self._hub.remove(stream.wanted.key, stream.reader)
        mine = self._of.get(stream.hearer.id, set())
        mine.discard(stream)
        if not mine:
            self._of.pop(stream.hearer.id, None)

    def _end_of(self, key: str) -> None:
        """A person's sign-in ended, or one did unheard: whoever still may, comes again."""
        ended = [UUID(key)] if key else list(self._of)
        for stream in [each for id_ in ended for each in self._of.get(id_, ())]:
            stream.close()

    async def _look_at_people(self) -> None:
        """Beside everything else, as they may be many: no news waits for it."""
        while True:
            await asyncio.sleep(PEOPLE_EVERY_SECONDS)
            await self._send_away(watched=False)

    async def _send_away(self, *, watched: bool) -> None:
        """End the streams of those that may not hear any more and at whose end no bell rang."""
        streams = [each for mine in self._of.values() for each in mine]
        for stream in streams:
            if stream.hearer.watched is not watched:
                continue
            try:
                await stream.hearer.admit()
            except Unauthenticated:
                stream.close()
            except Unavailable:
                return

    async def _tell(self, organization_id: UUID) -> None:
        """Offer what is new to an organization's streams; forget it where none is left."""
        prefix = str(organization_id)
        if not any(key.startswith(prefix) for key in self._hub.keys()):  # noqa: SIM118  # no dict
            self._told.pop(organization_id, None)
            return
        try:
            async with self._database.work_for(organization_id) as work:
                fresh = await news_after(work, self._told[organization_id], limit=READ_AT_ONCE)
        except Unavailable:
            return
        for news in fresh:
            said = say(news)
            self._hub.offer(topic(organization_id, None), said)
            if news.device_id is not None:
                self._hub.offer(topic(organization_id, news.device_id), said)
            self._told[organization_id] = news.seq
        if len(fresh) == READ_AT_ONCE:
            await self._tell(organization_id)
