"""How many may wait in one process at once: in all, and of those that come from one network.

Who waits costs little but a place, and places are what a stranger could use up.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from cloud.kit.addresses import network_of
from cloud.kit.errors import TooManyRequests, Unavailable

RETRY_SECONDS = 5


class Seats:
    """So many places, of which one network has at most its share."""

    def __init__(self, *, of_network: int, in_all: int) -> None:
        self._of_network = of_network
        self._in_all = in_all
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, address: str) -> Iterator[None]:
        """Hold a place for whoever comes from an address. Raises TooManyRequests, Unavailable."""
        network = network_of(address)
        if self._taken[network] >= self._of_network:
            raise TooManyRequests(
                "too_many_waiting",
                "Too many wait here from your network. Try again in a moment.",
                retry_after=RETRY_SECONDS,
            )
        if self._taken.total() >= self._in_all:
            raise Unavailable(
                "too_many_waiting",
                "Too many wait here at once. Try again in a moment.",
                retry_after=RETRY_SECONDS,
            )
        self._taken[network] += 1
        try:
            yield
        finally:
            self._taken[network] -= 1
            if not self._taken[network]:
                del self._taken[network]
