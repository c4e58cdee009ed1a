"""A hub hands the same messages to many readers, each with a bounded queue of its own.

A reader that does not keep up is let go, so that it costs the others nothing: it reconnects and is
replayed what it missed. Readers wait without a timer: who fills a silence offers a message.
"""

import asyncio

from cloud.kit.messages import Message

READER_MESSAGES = 256
READER_BYTES = 1024 * 1024


class ReaderClosed(Exception):
    """The stream is over: the reader was too slow or has left, or the process is stopping."""


class Doorbell:
    """Wakes the one task that waits at it. An `asyncio.Event` weighs ten times as much."""

    __slots__ = ("_waiter",)

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def heard(self) -> None:
        """Wait for the next ring; what rang before is for the caller to look at first."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


class Reader:
    """One stream's queue."""

    __slots__ = ("_bell", "_bytes", "_closed", "_waiting")

    def __init__(self) -> None:
        self._bell = Doorbell()
        self._waiting: list[Message] = []
        self._bytes = 0
        self._closed = False

    def offer(self, message: Message) -> None:
        """Queue a message; a reader that is too far behind is closed, and its queue forgotten."""
        if self._closed:
            return
        self._bytes += len(message.body)
        if len(self._waiting) >= READER_MESSAGES or self._bytes > READER_BYTES:
            self._waiting.clear()
            self.close()
            return
        self._waiting.append(message)
        self._bell.ring()

    def close(self) -> None:
        """End the stream once what is queued has been read."""
        self._closed = True
        self._bell.ring()

    async def next(self) -> Message:
        """The next message, once there is one. Raises ReaderClosed at the end."""
        while not self._waiting:
            if self._closed:
                raise ReaderClosed
            await self._bell.heard()
        message = self._waiting.pop(0)
        self._bytes -= len(message.body)
        return message


class Hub:
    """The readers of this process, by key."""

    def __init__(self) -> None:
        self._readers: dict[str, set[Reader]] = {}
        self._closed = False

    def add(self, key: str) -> Reader:
        """A new reader of a key, until it is removed."""
        reader = Reader()
        self._readers.setdefault(key, set()).add(reader)
        if self._closed:
            reader.close()
        return reader

    def remove(self, key: str, reader: Reader) -> None:
        """Let a reader go, and end its stream; of one that has gone nothing happens."""
        reader.close()
        readers = self._readers.get(key, set())
        readers.discard(reader)
        if not readers:
            self._readers.pop(key, None)

    def keys(self) -> list[str]:
        return list(self._readers)

    def count(self) -> int:
        return sum(len(readers) for readers in self._readers.values())

    def offer(self, key: str, message: Message) -> None:
        for reader in tuple(self._readers.get(key, ())):
            reader.offer(message)

    def offer_all(self, message: Message) -> None:
        for key in self.keys():
            self.offer(key, message)

    def close(self) -> None:
        """End all streams, now and from now on: the process is stopping."""
        self._closed = True
        for readers in self._readers.values():
            for reader in readers:
                reader.close()
