"""The HTTP server: uvicorn, told to end open streams first, so that a stop takes seconds."""

import asyncio
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from cloud.kit.connections import TimedProtocol, TimedSocketProtocol
from cloud.kit.logs import get_logger

GRACEFUL_SECONDS = 4
"""From the signal to the end at the latest; streams end at once."""

LAST_SECONDS = 4.7
"""After this the process ends whatever still hangs, such as a thread in a mail server's silence.
What it had claimed comes back when its lease ends."""

FORCED = 1
IDLE_SECONDS = 5
LARGEST_SOCKET_MESSAGE = 64 * 1024

log = get_logger(__name__)


class Server(uvicorn.Server):
    """uvicorn waits for open responses on SIGTERM, and a stream never ends by itself."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn raises the signal again at its end: the process would die before it tidied up."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        _end_in_any_case()
        super().handle_exit(sig, frame)


def _end_in_any_case() -> None:
    """Python waits at its end for every thread of a pool; no signal or flag can call one back."""

    def end() -> None:
        log.warning("stop_forced", after_seconds=LAST_SECONDS)
        os._exit(FORCED)

    timer = threading.Timer(LAST_SECONDS, end)
    timer.daemon = True
    timer.start()


def make_server(
    app: FastAPI,
    *,
    host: str,
    port: int,
    stopping: asyncio.Event,
    protocol: type[TimedProtocol] = TimedProtocol,
    sockets: type[TimedSocketProtocol] = TimedSocketProtocol,
) -> Server:
    allow_open_files()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws=sockets,
        ws_max_size=LARGEST_SOCKET_MESSAGE,
        ws_per_message_deflate=False,  # small messages, and each connection would hold a dictionary
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    return Server(config, stopping)


def allow_open_files() -> None:
    """Take as many open files as the system grants: every stream is one.

    A login shell grants 1,024 unless it is asked, and the thousandth camera would be turned away.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
