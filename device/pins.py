"""The pins of a Raspberry Pi, by gpiozero where that is installed (apt: python3-gpiozero)."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class WireError(Exception):
    """A digital input or output cannot be used; the sentence says why."""


class InputPin:
    """Pulled up by the board; closing the contact to ground switches it on."""

    def __init__(self, number: int) -> None:
        """Raises WireError without gpiozero, or where there is no such pin."""
        gpiozero = _load_gpiozero(f"--input gpio:{number}")
        with _our_errors(gpiozero, f"The input gpio:{number} cannot be used"):
            self._pin = gpiozero.DigitalInputDevice(number, pull_up=True)
        self._gpiozero = gpiozero

    def is_on(self) -> bool:
        with _our_errors(self._gpiozero, "The input pin cannot be read"):
            return bool(self._pin.is_active)


class OutputPin:
    """High is on. It is low from the moment it is opened."""

    def __init__(self, number: int) -> None:
        """Raises WireError without gpiozero, or where there is no such pin."""
        gpiozero = _load_gpiozero(f"--output gpio:{number}")
        with _our_errors(gpiozero, f"The output gpio:{number} cannot be used"):
            self._pin = gpiozero.DigitalOutputDevice(number, initial_value=False)
        self._gpiozero = gpiozero

    def switch(self, *, on: bool) -> None:
        with _our_errors(self._gpiozero, "The output pin cannot be switched"):
            self._pin.value = on


def _load_gpiozero(flag: str) -> Any:
    try:
        return importlib.import_module("gpiozero")
    except ImportError as error:
        sentence = f"{flag} needs gpiozero (sudo apt install python3-gpiozero)."
        raise WireError(sentence) from error


@contextmanager
def _our_errors(gpiozero: Any, sentence: str) -> Iterator[None]:
    try:
        yield
    except (gpiozero.GPIOZeroError, OSError) as error:
        raise WireError(f"{sentence}: {error}.") from error
