"""A hub hands the same news to many readers, each with a bounded queue of its own.

A reader that does not keep up is let go, so that it costs the others nothing: it reconnects and is
replayed what it missed.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

READER_CAPACITY = 256

T = TypeVar("T")


class ReaderClosed(Exception):
    """The stream is over: the reader was too slow, or the process is stopping."""


class Reader(Generic[T]):
    """One stream's queue of news."""

    def __init__(self, capacity: int = READER_CAPACITY) -> None:
        self._capacity = capacity
        self._news: asyncio.Queue[T | None] = asyncio.Queue(capacity + 1)
        self._closed = False

    def offer(self, news: T) -> None:
        """Queue a piece of news; a reader with a full queue is closed."""
        if self._closed:
            return
        if self._news.qsize() >= self._capacity:
            self.close()
        else:
            self._news.put_nowait(news)

    def close(self) -> None:
        """End the stream once what is queued has been read."""
        if not self._closed:
            self._closed = True
            self._news.put_nowait(None)

    async def next(self, seconds: float | None = None) -> T | None:
        """The next piece of news, or None after a silence. Raises ReaderClosed at the end.

        Without seconds there is no end to the silence, and no timer that measures it.
        """
        try:
            async with asyncio.timeout(seconds):
                news = await self._news.get()
        except TimeoutError:
            return None
        if news is None:
            raise ReaderClosed
        return news


class Hub(Generic[T]):
    """The readers of this process, by key."""

    def __init__(self) -> None:
        self._readers: dict[str, set[Reader[T]]] = {}
        self._closed = False

    @contextmanager
    def reader(self, key: str) -> Iterator[Reader[T]]:
        reader: Reader[T] = Reader()
        self._readers.setdefault(key, set()).add(reader)
        if self._closed:
            reader.close()
        try:
            yield reader
        finally:
            readers = self._readers[key]
            readers.discard(reader)
            if not readers:
                del self._readers[key]

    def keys(self) -> list[str]:
        return list(self._readers)

    def count(self) -> int:
        return sum(len(readers) for readers in self._readers.values())

    def offer(self, key: str, news: T) -> None:
        for reader in tuple(self._readers.get(key, ())):
            reader.offer(news)

    def close(self) -> None:
        """End all streams, now and from now on: the process is stopping."""
        self._closed = True
        for readers in self._readers.values():
            for reader in readers:
                reader.close()
