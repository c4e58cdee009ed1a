"""The words that a camera is told at its start, and what numbers are read from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from device import wire

LIMITLESS: Final = 1e9


class SettingsError(Exception):
    """A wrong or missing setting, in one sentence."""


@dataclass(frozen=True)
class Flags:
    """What was typed or set in the environment, before anything is believed of it.

    `said` is by flag, without its dashes; `by_variable` are those flags that were not typed.
    """

    only_examines: bool
    said: Mapping[str, str]
    by_variable: frozenset[str]

    def get(self, flag: str) -> str | None:
        return self.said.get(flag)

    def name(self, flag: str) -> str:
        """By what it was said, for people."""
        return variable_of(flag) if flag in self.by_variable else f"--{flag}"


def variable_of(flag: str) -> str:
    """The environment variable that stands in for a flag."""
    return f"VISANT_{flag.replace('-', '_').upper()}"


def read_number(flag: str, text: str, low: float, high: float = LIMITLESS) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        bound = f"from {low:g} to {high:g}" if high < LIMITLESS else f"of at least {low:g}"
        raise SettingsError(f"{flag} {text}: that must be a number {bound}.")
    return value


def read_whole(flag: str, text: str | None, allowed: wire.Range) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not allowed.holds(int(text)):
        bounds = f"from {allowed.low:.0f} to {allowed.high:.0f}"
        raise SettingsError(f"{flag} {text}: that must be a whole number {bounds}.")
    return int(text)
