"""Connections that do not wait for ever on a database that is connected, but silent.

The server bounds its own statements; of a network that swallows everything, only the caller can
tell. After the longest honest answer the socket is shut down under the driver, which then sees a
lost connection like any other and needs nobody's help to end the wait.
"""

import asyncio
import socket
from typing import Any, ClassVar, TypeVar

import psycopg
from psycopg.abc import PQGen

ANSWER_SECONDS = 6.0
"""A little more than the server's own bound on a statement."""

LOOK_SECONDS = 0.1
"""How often the driver looks whether it was interrupted, as is its default."""

Answer = TypeVar("Answer")


class PatientConnection(psycopg.AsyncConnection[Any]):
    """A connection that counts as lost when an answer takes too long."""

    answer_seconds: ClassVar[float] = ANSWER_SECONDS

    async def wait(
        self,
        gen: PQGen[Answer],
        interval: float = LOOK_SECONDS,
        timeout: float | None = None,  # noqa: ASYNC109  # the driver's own signature
    ) -> Answer:
        loop = asyncio.get_running_loop()
        silence = loop.call_later(self.answer_seconds, _hang_up, self.pgconn.socket)
        try:
            return await super().wait(gen, interval, timeout)
        finally:
            silence.cancel()


def _hang_up(descriptor: int) -> None:
    with socket.fromfd(descriptor, socket.AF_UNSPEC, socket.SOCK_STREAM) as same:
        same.shutdown(socket.SHUT_RDWR)
