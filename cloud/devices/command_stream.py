"""One camera's command stream: what it is to hear next, without a queue that could grow.

A stream is not told what has happened, only that it is to look, or to ping; said twice is said
once. So whatever a camera does not read is held by its connection alone, and bounded there
(`cloud.kit.connections`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

from cloud.devices.access import CallingDevice
from cloud.kit.clock import utc_now
from cloud.kit.hub import Doorbell
from cloud.kit.messages import Message, message
from device.wire import CommandEvent


class News(Flag):
    """What a stream is to do next."""

    NONE = 0
    LOOK = auto()
    PING = auto()
    END = auto()
    """The key has ended: say so if it was by release, and stop."""
    CLOSE = auto()
    """Its reader has left, a newer stream took its place, or the process stops."""


@dataclass(frozen=True)
class Listening:
    """Who listens: the device, by which key, what it has seen, and what it runs."""

    device: CallingDevice
    key_hash: bytes
    after: int | None = None
    device_version: str | None = None


class OpenStream:
    """One camera's stream, until it leaves, is released, loses its key or is replaced."""

    __slots__ = (
        "_bell",
        "_leave",
        "_look",
        "_news",
        "config_version",
        "connected",
        "output_on",
        "scheduled",
        "seen",
        "told",
        "who",
    )

    def __init__(
        self,
        who: Listening,
        *,
        look: Callable[["OpenStream"], Awaitable[list[Message]]],
        leave: Callable[["OpenStream"], None],
    ) -> None:
        self.who = who
        self.connected: Message | None = None
        """What it says first."""
        self.told = 0
        """The number of the newest command told; every message carries it."""
        self.seen = 0
        """The number up to which the device's commands have been looked at."""
        self.config_version = 0
        self.output_on = False
        self.scheduled = False
        self._look = look
        self._leave = leave
        self._news = News.NONE
        self._bell = Doorbell()

    def tell(self, news: News) -> None:
        self._news |= news
        self._bell.ring()

    def close(self) -> None:
        self.tell(News.CLOSE)
        self._leave(self)

    def say(self, event: CommandEvent, data: dict[str, Any]) -> Message:
        return message(event, data, self.told)

    async def messages(self) -> AsyncIterator[Message]:
        if self.connected is not None:
            yield self.connected
            self.connected = None
        while News.CLOSE not in (news := await self._heard()):
            if news & (News.LOOK | News.END):
                for found in await self._look(self):
                    yield found
                    if found.event == CommandEvent.RELEASE:
                        return
            if News.END in news:
                return
            if News.PING in news:
                yield self.say(CommandEvent.PING, {"server_time": utc_now()})

    async def _heard(self) -> News:
        while not self._news:
            await self._bell.heard()
        news, self._news = self._news, News.NONE
        return news
