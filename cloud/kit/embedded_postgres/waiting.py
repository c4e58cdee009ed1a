"""Waiting for what gives no sign of its own when it happens."""

import time
from collections.abc import Callable

LOOK_EVERY = 0.02  # seconds


def wait_for(is_true: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until the condition holds; False if the time is over before."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True
