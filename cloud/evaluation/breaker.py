"""Leaving a provider alone that is down: after too many failures nobody is asked for a while.

Then one call goes ahead as a probe, and what becomes of it decides whether the others follow. Each
process counts for itself: what one process learns costs the next one a handful of calls, and
nothing has to be shared. The pattern is the circuit breaker of M. Nygard's "Release It!".
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES_IN_A_ROW = 5
WINDOW = 20
SHARE_OF_WINDOW = 0.5
REST_SECONDS = 30.0
WAIT_FOR_PROBE_SECONDS = 1.0

Permit = int
"""The right to one call. What comes of calls that began before a rest no longer counts."""


class Resting(Exception):
    """Nobody is asked now; `seconds` is when it is worth coming back."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"resting for {seconds:.1f} s")
        self.seconds = seconds


@dataclass
class Breaker:
    """One provider's. `scale` multiplies its rests, as it does every wait between retries."""

    scale: float = 1
    clock: Callable[[], float] = time.monotonic
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _rests_until: float = 0
    _resting: bool = False
    _probing: bool = False
    _permit: Permit = 0

    def enter(self) -> Permit:
        """Ask to call. Raises Resting."""
        if not self._resting:
            return self._permit
        left = self._rests_until - self.clock()
        if left > 0:
            raise Resting(left)
        if self._probing:
            raise Resting(WAIT_FOR_PROBE_SECONDS * self.scale)
        self._probing = True
        return self._permit

    def succeed(self, permit: Permit) -> None:
        """The provider answered, whatever it said."""
        if permit != self._permit:
            return
        if self._resting:
            self._resting = self._probing = False
            self._recent.clear()
            self._permit += 1
        self._recent.append(True)

    def fail(self, permit: Permit, retry_after: float | None = None) -> None:
        """The provider could not be asked; `retry_after` is how long it wants to be left alone."""
        if permit != self._permit:
            return
        self._recent.append(False)
        if self._probing or self._is_down():
            self._rest(max(REST_SECONDS * self.scale, retry_after or 0))

    def abandon(self, permit: Permit) -> None:
        """The call was given up by us: it says nothing of the provider."""
        if permit == self._permit:
            self._probing = False

    def _is_down(self) -> bool:
        latest = list(self._recent)[-FAILURES_IN_A_ROW:]
        in_a_row = len(latest) == FAILURES_IN_A_ROW and not any(latest)
        failures = self._recent.count(False)
        return in_a_row or (len(self._recent) == WINDOW and failures >= SHARE_OF_WINDOW * WINDOW)

    def _rest(self, seconds: float) -> None:
        self._resting, self._probing = True, False
        self._rests_until = self.clock() + seconds
        self._permit += 1
