"""How long to wait before trying again.

Full jitter (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog): a random time
between nothing and a ceiling that doubles, so that cameras cut off together do not come back
together.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_RETRY_AFTER: Final = 3_600.0


@dataclass(frozen=True)
class Backoff:
    """Seconds: the first ceiling, and the one that is never passed."""

    base: float = 1.0
    cap: float = 60.0

    def ceiling(self, failures: int) -> float:
        """The longest wait after so many failures in a row, the first being 1."""
        return min(self.cap, self.base * 2.0 ** min(failures - 1, 32))

    def delay(self, failures: int, *, retry_after: float | None, dice: random.Random) -> float:
        """The wait itself. What the cloud asked for is the least; the jitter comes on top."""
        jitter = dice.uniform(0, self.ceiling(failures))
        return jitter if retry_after is None else retry_after + jitter


def read_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` asks for (RFC 9110: a number or a date); None if unreadable.

    Held to an hour, so that one wrong header cannot silence a camera for good.
    """
    if text is None:
        return None
    is_number = text.isascii() and text.strip().isdigit()
    seconds = float(text) if is_number else _seconds_until(text, now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else (moment - now).total_seconds()
