"""Telling systemd that the client is ready, alive, or ending (the protocol of sd_notify(3)).

A message is a datagram to the socket that `NOTIFY_SOCKET` names; without one nothing is said.
"""

import math
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Final

from device import log

MICROSECONDS: Final = 1_000_000
READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"


class Supervisor:
    """The one who started us, if it wants to hear."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is in Linux's abstract namespace, whose names begin with NUL.
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        self._alive_every = _half_of(environment.get("WATCHDOG_USEC"))
        self._alive_at = -math.inf

    def tell_alive(self, now: Callable[[], float] = time.monotonic) -> None:
        """Say that we live, no more often than the supervisor needs to hear it."""
        if self._alive_every is not None and now() - self._alive_at >= self._alive_every:
            self._alive_at = now()
            self.tell(ALIVE)

    def tell(self, *words: str) -> None:
        """Say these; a supervisor that does not listen must not end a camera."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
            try:
                speaker.sendto("\n".join(words).encode(), self._address)
            except OSError as error:
                log.warn("The supervisor does not hear us", why=error)


def _half_of(microseconds: str | None) -> float | None:
    """Seconds between two signs of life: half of what the supervisor allows, as it advises."""
    if microseconds is None or not microseconds.isdigit():
        return None
    return int(microseconds) / MICROSECONDS / 2
