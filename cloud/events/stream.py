"""Live streams of the organization's news: replayed from the table, then as it happens.

One reader of the log per process and organization: when an organization's bell rings, what is new
is read once, encoded once, and offered to all of its open streams. A stream first replays what its
reader missed, up to the newest number; the hub's news goes on from there, and what overlaps is
passed over by its number.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from cloud.accounts.sessions import SESSION_ENDED_TOPIC, Person
from cloud.events.append import EVENTS_TOPIC
from cloud.events.queries import News, last_seq, news_after, oldest_seq
from cloud.kit.bells import Bells, wait_for
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.errors import TooManyRequests, Unavailable
from cloud.kit.hub import Hub, ReaderClosed
from cloud.kit.sse import frame, retry_hint

LOOK_EVERY_SECONDS = 3.0
READ_AT_ONCE = 200
STREAMS_OF_ONE_PERSON = 20

Frame = tuple[int, bytes]
"""An event's number, and the event as it goes over the wire."""


@dataclass(frozen=True)
class Wanted:
    """What one stream asks for. `after` is the last number its reader has seen."""

    organization_id: UUID
    device_id: str | None
    after: int | None

    @property
    def key(self) -> str:
        return _key(self.organization_id, self.device_id)


class EventStreams:
    """All open streams of this process."""

    def __init__(self, database: Database, bells: Bells, *, ping_seconds: float) -> None:
        self._database = database
        self._bells = bells
        self._ping_seconds = ping_seconds
        self._hub: Hub[Frame] = Hub()
        self._told: dict[UUID, int] = {}
        self._of_person: Counter[UUID] = Counter()

    async def run(self) -> None:
        """Tell what is new until cancelled.

        Everything is looked at every few seconds, however often the bells of some ring: another's
        bell may have been missed.
        """
        rung: set[str] = set()
        wake, clock = asyncio.Event(), asyncio.get_running_loop()
        look_at = clock.time() + LOOK_EVERY_SECONDS

        def hear(key: str) -> None:
            rung.add(key)
            wake.set()

        async with self._bells.heard(EVENTS_TOPIC, hear):
            while True:
                await wait_for(wake, max(0, look_at - clock.time()))
                everything = "" in rung or clock.time() >= look_at
                if everything:
                    look_at = clock.time() + LOOK_EVERY_SECONDS
                heard = {UUID(key) for key in rung if key}
                rung.clear()
                for organization_id in list(self._told):
                    if everything or organization_id in heard:
                        await self._tell(organization_id)

    def close(self) -> None:
        """End all streams: the process is stopping."""
        self._hub.close()

    def count(self) -> int:
        return self._hub.count()

    @contextmanager
    def place(self, who: Person) -> Iterator[None]:
        """Count a stream of a person. Raises TooManyRequests beyond the bound."""
        if self._of_person[who.user_id] >= STREAMS_OF_ONE_PERSON:
            raise TooManyRequests(
                "too_many_streams", "Too many pages are open at once. Close some.", retry_after=5
            )
        self._of_person[who.user_id] += 1
        try:
            yield
        finally:
            self._of_person[who.user_id] -= 1
            if not self._of_person[who.user_id]:
                del self._of_person[who.user_id]

    async def frames(self, who: Person, wanted: Wanted) -> AsyncIterator[bytes]:
        """One stream, until its reader leaves, the person's session ends or the process stops."""
        with self.place(who), self._hub.reader(wanted.key) as reader:

            def end(key: str) -> None:
                if key in {str(who.user_id), ""}:  # or a sign-in ended unheard: let them ask again
                    reader.close()

            async with self._bells.heard(SESSION_ENDED_TOPIC, end):
                newest = await self._newest(wanted.organization_id)
                yield retry_hint()
                yield _connected(wanted, newest)
                async for replayed in self._replay(wanted, newest):
                    yield replayed
                try:
                    while True:
                        news = await reader.next(self._ping_seconds)
                        if news is None:
                            yield frame("ping", {"server_time": utc_now()})
                        elif news[0] > newest:
                            yield news[1]
                except ReaderClosed:
                    return

    async def _newest(self, organization_id: UUID) -> int:
        async with self._database.work_for(organization_id) as work:
            newest = await last_seq(work)
        self._told.setdefault(organization_id, newest)
        return newest

    async def _replay(self, wanted: Wanted, newest: int) -> AsyncIterator[bytes]:
        """What the reader missed, in order; a `reset` where that is no longer known."""
        after = wanted.after
        if after is None or after == newest:
            return
        async with self._database.work_for(wanted.organization_id) as work:
            oldest = await oldest_seq(work)
        if after > newest or oldest is None or after + 1 < oldest:
            yield frame("reset", {"last_event_id": newest}, newest)
            return
        while after < newest:
            async with self._database.work_for(wanted.organization_id) as work:
                missed = await news_after(
                    work, after, limit=READ_AT_ONCE, device_id=wanted.device_id
                )
            for news in missed:
                if news.seq <= newest:
                    yield _frame(news)
            if len(missed) < READ_AT_ONCE:
                return
            after = missed[-1].seq

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
            encoded = (news.seq, _frame(news))
            self._hub.offer(_key(organization_id, None), encoded)
            if news.device_id is not None:
                self._hub.offer(_key(organization_id, news.device_id), encoded)
            self._told[organization_id] = news.seq
        if len(fresh) == READ_AT_ONCE:
            await self._tell(organization_id)


def _key(organization_id: UUID, device_id: str | None) -> str:
    return str(organization_id) if device_id is None else f"{organization_id}/{device_id}"


def _frame(news: News) -> bytes:
    return frame(news.kind, news.data, news.seq)


def _connected(wanted: Wanted, newest: int) -> bytes:
    """Says where the log stands. Its id is what the reader has: all but what is now replayed."""
    document: dict[str, object] = {"organization_id": str(wanted.organization_id)}
    if wanted.device_id is not None:
        document["device_id"] = wanted.device_id
    seen = newest if wanted.after is None else min(wanted.after, newest)
    return frame("connected", {**document, "last_event_id": newest}, seen)
