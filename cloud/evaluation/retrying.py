"""When a failed evaluation is tried again, and when it is given up: pure decisions."""

import random
from datetime import datetime, timedelta

from cloud.evaluation.classifier import ClassifierFailed

MOST_ATTEMPTS = 6
SPREAD_SECONDS = 2.0
"""Those who wait for the same moment come back spread over so long."""
LONGEST_AGE = timedelta(hours=24)
FIRST_WAIT_SECONDS = 4.0
LONGEST_WAIT_SECONDS = 900.0


def may_retry(
    failure: ClassifierFailed,
    attempts: int,
    queued_at: datetime,
    now: datetime,
    *,
    attempted: bool,
) -> bool:
    """Whether a later try may end otherwise and is still worth it.

    Without `attempted`, as nobody was asked, only time runs out.
    """
    tries_left = attempts < MOST_ATTEMPTS or not attempted
    return failure.retryable and tries_left and now - queued_at < LONGEST_AGE


def wait_before_retry(failure: ClassifierFailed, attempts: int, *, scale: float) -> float:
    """Seconds to wait: full jitter under an exponential bound, never less than was asked for.

    See "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
    """
    asked_for = (failure.retry_after or 0) + _up_to(SPREAD_SECONDS) * scale
    if failure.postponed:
        return asked_for
    bound = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempts - 1))
    return max(_up_to(bound) * scale, asked_for)


def _up_to(seconds: float) -> float:
    return random.uniform(0, seconds)  # noqa: S311  # no secret
