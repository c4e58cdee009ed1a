"""Connections that must say what they want: uvicorn alone waits for a request's head for ever.

Open connections are what a few slow clients can use up. A connection gets ten seconds for the head
of its first request, and as long for each further one from its first byte on; between requests the
server's own bound on idling holds, and `cloud.kit.intake` bounds the body.
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0


class TimedProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with a bound on how long a request's head may take."""

    head_seconds: ClassVar[float] = HEAD_SECONDS

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_due is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head_due = self.loop.call_later(self.head_seconds, self._give_up)

    def _head_is_here(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _give_up(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._await_head()  # an answer to an earlier request is still under way
        elif not self.transport.is_closing():
            self.transport.close()
