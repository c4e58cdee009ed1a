"""Saying a trouble that lasts without filling the log with it."""

import time
from collections.abc import Callable
from typing import Final

from device import log

EVERY_SECONDS: Final = 3600.0


class Complaint:
    """Says why when it begins and when that changes, hourly while it lasts, and when it is over."""

    def __init__(
        self, sentence: str, over: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._sentence = sentence
        self._over = over
        self._monotonic = monotonic
        self._why: str | None = None
        self._said_at = 0.0

    def say(self, why: str, **facts: object) -> None:
        """There is trouble, still or again."""
        now = self._monotonic()
        if why != self._why or now - self._said_at >= EVERY_SECONDS:
            self._why, self._said_at = why, now
            log.warn(self._sentence, why=why, **facts)

    def end(self) -> None:
        """There is none."""
        if self._why is not None:
            self._why = None
            log.info(self._over)
