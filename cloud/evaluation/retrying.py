"""When a failed evaluation is tried again, and when it is given up: pure decisions."""

import random
from datetime import datetime, timedelta

from cloud.evaluation.classifier import ClassifierFailed

MOST_ATTEMPTS = 6
LONGEST_AGE = timedelta(hours=24)
FIRST_WAIT_SECONDS = 4.0
LONGEST_WAIT_SECONDS = 900.0


def may_retry(failure: ClassifierFailed, attempts: int, queued_at: datetime, now: datetime) -> bool:
    """Whether a later try may end otherwise and is still worth it."""
    return failure.retryable and attempts < MOST_ATTEMPTS and now - queued_at < LONGEST_AGE


def wait_before_retry(failure: ClassifierFailed, attempts: int, *, scale: float) -> float:
    """Seconds to wait: full jitter under an exponential bound, never less than was asked for.

    See "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
    """
    bound = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempts - 1))
    wait = random.uniform(bound / 4, bound) * scale  # noqa: S311  # no secret
    return max(wait, failure.retry_after or 0)
