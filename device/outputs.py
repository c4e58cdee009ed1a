"""The digital output: a lamp, siren or relay that is on while the cloud has an open incident here.

Its safe state is off: at the start, at the end, and when the cloud was not heard for two minutes,
as nobody knows then whether the incident is still open.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from device import log, wire
from device.pins import OutputPin, WireError

LOOK_EVERY: Final = 0.1


class Output(Protocol):
    """A wire that can be switched on and off."""

    def switch(self, *, on: bool) -> None:
        """Raises WireError when it does not take it."""
        ...


class FileOutput:
    """A file that holds 1 while the output is on, and 0 otherwise; any program may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def switch(self, *, on: bool) -> None:
        try:
            self._path.write_text("1" if on else "0", encoding="ascii")
        except OSError as error:
            sentence = f"The output {self._path} cannot be written: {error.strerror}."
            raise WireError(sentence) from error


def open_output(spec: str) -> Output:
    """The output that `gpio:27` or `file:PATH` names. Raises WireError."""
    kind, _, place = spec.partition(":")
    return FileOutput(Path(place)) if kind == "file" else OutputPin(int(place))


class Signalling:
    """Makes the output what the cloud wants, and off where that is not known."""

    def __init__(self, output: Output, *, wants: Callable[[], bool], stop: threading.Event) -> None:
        """Switches it off first. `wants` says whether it is to be on now. Raises WireError."""
        self._output = output
        self._wants = wants
        self._stop = stop
        self._told: str | None = None
        output.switch(on=False)
        self.is_on = False

    def run(self) -> None:
        """Follow the cloud until told to stop, then switch off."""
        while not self._stop.wait(LOOK_EVERY):
            self.look()
        self._switch(on=False)

    def look(self) -> None:
        """One look; an output that does not obey is told once and tried again."""
        wanted = self._wants()
        if wanted is not self.is_on:
            self._switch(on=wanted)

    def _switch(self, *, on: bool) -> None:
        try:
            self._output.switch(on=on)
        except WireError as error:
            if str(error) != self._told:
                log.warn("The digital output does not obey", why=error)
            self._told = str(error)
            return
        self.is_on, self._told = on, None
        log.info("The digital output is on: an incident is open" if on else "The output is off")


class Wish:
    """What the cloud last said of the output, and when the cloud was last heard at all."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._on = False
        self._heard_at = monotonic()

    def hear(self, said: object = None) -> None:
        """The cloud said something; of the output, where `said` is true or false."""
        self._heard_at = self._monotonic()
        if isinstance(said, bool):
            self._on = said

    def is_on(self) -> bool:
        """Whether it is to be on now."""
        return self._on and self._monotonic() - self._heard_at < wire.OUTPUT_HELD_SECONDS
