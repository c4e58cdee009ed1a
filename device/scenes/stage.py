"""The traced states of a set: the usual one, and the next other one, made ready in time."""

import threading

from device.scenes.set import Set
from device.scenes.tracer import Layers, trace


class Stage:
    """Keeps what has been traced, since tracing a state takes seconds and a picture must not."""

    def __init__(self, set_: Set, size: tuple[int, int]) -> None:
        self._set = set_
        self._size = size
        self._traced: dict[frozenset[str], Layers] = {}
        self._coming: threading.Thread | None = None

    def layers(self, present: frozenset[str]) -> Layers:
        """The state with these movable things; waits while it is being traced."""
        if present not in self._traced and self._coming is not None:
            self._coming.join()
        if present not in self._traced:
            self._trace(present)
        return self._traced[present]

    def prepare(self, present: frozenset[str]) -> None:
        """Begin to trace a state that will be asked for soon."""
        busy = self._coming is not None and self._coming.is_alive()
        if present not in self._traced and not busy:
            self._coming = threading.Thread(target=self._trace, args=(present,), daemon=True)
            self._coming.start()

    def _trace(self, present: frozenset[str]) -> None:
        layers = trace(self._set.world(present), *self._size)
        for passed in set(self._traced) - {self._set.usually}:
            del self._traced[passed]
        self._traced[present] = layers
