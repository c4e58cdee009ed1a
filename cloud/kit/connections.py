"""Connections that must say what they want and take what they are sent.

Open connections are what a few slow clients can use up, and uvicorn alone waits for them for ever.
A connection gets ten seconds for the head of its first request, and as long for each further one
from its first byte on; between requests the server's own bound on idling holds, and
`cloud.kit.intake` bounds the body. Of what is sent, a client that does not read leaves at most
64 KiB here and as much with the kernel, and after twenty seconds in which it took nothing, or too
little to make room, the connection is torn.
"""

import asyncio
import socket
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_SECONDS = 10.0
UNREAD_SECONDS = 20.0
UNREAD_BYTES = 64 * 1024


class UnreadBound:
    """What both protocols have in common: a client that does not read is let go."""

    unread_seconds: ClassVar[float] = UNREAD_SECONDS

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _unread: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        super().pause_writing()  # type: ignore[misc]
        self._unread = self.loop.call_later(self.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()  # type: ignore[misc]
        self._forget_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_unread()
        super().connection_lost(exc)  # type: ignore[misc]

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class TimedSocketProtocol(UnreadBound, WebSocketsSansIOProtocol):
    """uvicorn's protocol for WebSockets. What it takes over has its kernel's bounds already."""


class TimedProtocol(UnreadBound, HttpToolsProtocol):
    """uvicorn's protocol on httptools, with bounds on a request's head and on unread answers."""

    head_seconds: ClassVar[float] = HEAD_SECONDS

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=UNREAD_BYTES)
        _bound_kernel(transport.get_extra_info("socket"), self.unread_seconds)
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


def _bound_kernel(connection: Any, unread_seconds: float) -> None:
    """Have the kernel keep little that was not sent, and give up a peer that takes nothing.

    The second also ends what a peer that vanished leaves behind (RFC 5482, tcp(7)).
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNREAD_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        milliseconds = int(1000 * unread_seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
