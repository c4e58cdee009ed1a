"""The digital input: a switch or sensor on a wire that asks for a picture when it closes."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from device import log, wire
from device.config import Standing
from device.pins import InputPin, WireError
from device.spool import Asking

LOOK_EVERY: Final = 0.01
STEADY_SECONDS: Final = 0.05
"""A contact bounces for some milliseconds; it counts once it has been steady for this long."""


class Input(Protocol):
    """A wire that is on or off."""

    def is_on(self) -> bool:
        """Whether it is on at this moment. Raises WireError when it cannot be read."""
        ...


class FileInput:
    """A file that begins with 1 while the input is on; any program may write it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_on(self) -> bool:
        try:
            with self._path.open("rb") as file:
                return file.read(1) == b"1"
        except FileNotFoundError:
            return False
        except OSError as error:
            raise WireError(f"The input {self._path} cannot be read: {error.strerror}.") from error


def open_input(spec: str) -> Input:
    """The input that `gpio:17` or `file:PATH` names. Raises WireError."""
    kind, _, place = spec.partition(":")
    return FileInput(Path(place)) if kind == "file" else InputPin(int(place))


class Debounce:
    """Turns readings into closings: each counts once, when it has been steady long enough."""

    def __init__(self, *, on: bool) -> None:
        """`on` is the state to begin with: what is on at the start has not just closed."""
        self._steady = on
        self._changed_at: float | None = None

    def closes(self, *, on: bool, now: float) -> bool:
        """Whether this reading completes a closing. `now` is in seconds of any clock."""
        if on == self._steady:
            self._changed_at = None
            return False
        if self._changed_at is None:
            self._changed_at = now
        if now - self._changed_at < STEADY_SECONDS:
            return False
        self._steady, self._changed_at = on, None
        return on


class Minding:
    """Asks for a picture at each closing, while the configuration says so."""

    def __init__(
        self,
        watched: Input,
        standing: Standing,
        *,
        ask: Callable[[Asking], None],
        stop: threading.Event,
    ) -> None:
        self._watched = watched
        self._standing = standing
        self._ask = ask
        self._stop = stop
        self._debounce = Debounce(on=watched.is_on())
        self._asked_at: float | None = None
        self._told: str | None = None

    def run(self) -> None:
        """Look at the input until told to stop."""
        while not self._stop.wait(LOOK_EVERY):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """One look, at that monotonic time. An input that cannot be read is told once."""
        try:
            closes = self._debounce.closes(on=self._watched.is_on(), now=now)
        except WireError as error:
            if str(error) != self._told:
                log.warn("The digital input is not heard", why=error)
            self._told = str(error)
            return
        self._told = None
        if closes and self._standing.config.trigger.digital_input_enabled:
            self._ask_for_one(now)

    def _ask_for_one(self, now: float) -> None:
        since = None if self._asked_at is None else now - self._asked_at
        if since is not None and since < wire.MINIMUM_INTERVAL_SECONDS:
            log.info("The digital input closed again too soon for another picture")
            return
        log.info("The digital input asks for a picture")
        self._asked_at = now
        self._ask(Asking(label=wire.INPUT_LABEL))
