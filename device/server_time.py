"""The cloud's clock as a camera knows it: what it last said, and the time since then.

A small computer without a battery wakes up in 1970, so whether a command has expired is asked of
the cloud's clock and not of its own.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta


class ServerTime:
    """Runs on from the cloud's last word by the monotonic clock."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._heard: tuple[datetime, float] | None = None

    def hear(self, text: object) -> None:
        """Take the cloud's time, RFC 3339; what is none is passed over."""
        moment = read_time(text)
        if moment is not None:
            self._heard = moment, self._monotonic()

    @property
    def is_known(self) -> bool:
        """Whether the cloud has said its time."""
        return self._heard is not None

    def is_past(self, text: str) -> bool:
        """Whether that RFC 3339 time is over. What is no time never is, nor is it before is_known.

        The machine's own clock is no stand-in: what it calls expired may have minutes left.
        """
        moment = read_time(text)
        if moment is None or self._heard is None:
            return False
        said, heard_at = self._heard
        return moment <= said + timedelta(seconds=self._monotonic() - heard_at)


def read_time(text: object) -> datetime | None:
    """The time with its zone; None for what is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
