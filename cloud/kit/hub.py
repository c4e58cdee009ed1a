"""A hub hands the same news to many readers, each with a bounded queue of its own.

A reader that does not keep up is let go with a reason, so that it costs the others nothing: it
reconnects and is replayed what it missed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

READER_CAPACITY = 256


class Reader:
    """One stream's queue of frames."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue(READER_CAPACITY + 1)
        self.closed = False

    def offer(self, frame: bytes) -> None:
        """Queue a frame; a reader with a full queue is closed."""
        if self.closed:
            return
        if self._frames.qsize() >= READER_CAPACITY:
            self.close()
        else:
            self._frames.put_nowait(frame)

    def close(self) -> None:
        """End the stream once what is queued has been read."""
        if not self.closed:
            self.closed = True
            self._frames.put_nowait(None)

    async def frames(self, *, ping_seconds: float, ping: bytes) -> AsyncIterator[bytes]:
        """Frames as they come, and a ping after each silence, until closed."""
        while True:
            try:
                frame = await asyncio.wait_for(self._frames.get(), ping_seconds)
            except TimeoutError:
                frame = ping
            if frame is None:
                return
            yield frame


class Hub:
    """The readers of this process, by key."""

    def __init__(self) -> None:
        self._readers: dict[str, set[Reader]] = {}
        self._closed = False

    @contextmanager
    def reader(self, key: str) -> Iterator[Reader]:
        reader = Reader()
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

    def has_readers(self, key: str) -> bool:
        return key in self._readers

    def keys(self) -> list[str]:
        return list(self._readers)

    def count(self) -> int:
        return sum(len(readers) for readers in self._readers.values())

    def offer(self, key: str, frame: bytes) -> None:
        for reader in tuple(self._readers.get(key, ())):
            reader.offer(frame)

    def close(self) -> None:
        """End all streams, now and from now on: the process is stopping."""
        self._closed = True
        for readers in self._readers.values():
            for reader in readers:
                reader.close()
