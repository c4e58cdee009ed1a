"""What happens in a scene and when: a quiet lead-in, then one event after the other. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Effect(StrEnum):
    """What may happen to the whole picture."""

    NONE = "none"
    SMOKE = "smoke"
    DARK = "dark"
    COVERED = "covered"


@dataclass(frozen=True)
class Happening:
    """One scripted event: the truth about it in words, and what changes in the scene."""

    what: str
    without: str | None = None
    extra: str | None = None
    effect: Effect = Effect.NONE

    @property
    def missing(self) -> frozenset[str]:
        return frozenset({self.without} if self.without else ())

    @property
    def arriving(self) -> frozenset[str]:
        return frozenset({self.extra} if self.extra else ())


@dataclass(frozen=True)
class Truth:
    """What an honest simulation says of its own picture."""

    state: Literal["normal", "abnormal"]
    what: str


@dataclass(frozen=True)
class Timeline:
    """Seconds of scene time.

    At 15 s from picture to picture: 24 normal ones, 4 of an event, 15 normal ones, and so on.
    """

    lead_in: float = 360.0
    event: float = 60.0
    pause: float = 225.0

    def place(self, seconds: float) -> int | None:
        """The number of the event that is going on, None while all is normal."""
        if seconds < self.lead_in:
            return None
        number, within = divmod(seconds - self.lead_in, self.event + self.pause)
        return int(number) if within < self.event else None

    def next_start(self, seconds: float) -> float:
        """When the next event begins."""
        passed = seconds - self.lead_in
        if passed < 0:
            return self.lead_in
        whole = self.event + self.pause
        return self.lead_in + (passed // whole + 1) * whole


def happening_at(
    timeline: Timeline, happenings: Sequence[Happening], seed: int, seconds: float
) -> Happening | None:
    """What is going on. Seed 0 keeps the script's order; any other seed has one of its own."""
    number = timeline.place(seconds)
    if number is None:
        return None
    order = list(happenings)
    if seed:
        random.Random(seed).shuffle(order)  # noqa: S311 - a script, no secret
    return order[number % len(order)]


def truth_of(happening: Happening | None) -> Truth:
    """The truth in the words that go with the picture."""
    if happening is None:
        return Truth("normal", "everything is as it should be")
    return Truth("abnormal", happening.what)
