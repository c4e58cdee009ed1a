"""Replaying: where the organization's log stands, and what a reader of it has missed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from cloud.events.queries import News, last_seq, news_after, oldest_seq
from cloud.kit.database import Database
from cloud.kit.messages import Message, message

READ_AT_ONCE = 200


@dataclass(frozen=True)
class Wanted:
    """What one stream asks for. `after` is the last number its reader has seen."""

    organization_id: UUID
    device_id: str | None
    after: int | None

    @property
    def key(self) -> str:
        return topic(self.organization_id, self.device_id)


def topic(organization_id: UUID, device_id: str | None) -> str:
    """What the readers of one organization's news, or of one device's, have in common."""
    return str(organization_id) if device_id is None else f"{organization_id}/{device_id}"


def say_connected(wanted: Wanted, newest: int) -> Message:
    """Says where the log stands. Its id is what the reader has: all but what is now replayed."""
    document: dict[str, object] = {"organization_id": str(wanted.organization_id)}
    if wanted.device_id is not None:
        document["device_id"] = wanted.device_id
    seen = newest if wanted.after is None else min(wanted.after, newest)
    return message("connected", {**document, "last_event_id": newest}, seen)


def say(news: News) -> Message:
    return message(news.kind, news.data, news.seq)


async def read_newest(database: Database, organization_id: UUID) -> int:
    async with database.work_for(organization_id) as work:
        return await last_seq(work)


async def replay(database: Database, wanted: Wanted, newest: int) -> AsyncIterator[Message]:
    """What the reader missed, in order; a `reset` where that is no longer known."""
    after = wanted.after
    if after is None or after == newest:
        return
    async with database.work_for(wanted.organization_id) as work:
        oldest = await oldest_seq(work)
    if after > newest or oldest is None or after + 1 < oldest:
        yield message("reset", {"last_event_id": newest}, newest)
        return
    while after < newest:
        async with database.work_for(wanted.organization_id) as work:
            missed = await news_after(work, after, limit=READ_AT_ONCE, device_id=wanted.device_id)
        for news in missed:
            if news.seq <= newest:
                yield say(news)
        if len(missed) < READ_AT_ONCE:
            return
        after = missed[-1].seq
