"""What will go wrong for each camera, and when: decided by the seed before anything starts.

All times are seconds since the start of the run. After its end nothing more goes wrong, so that
what waits can be delivered and the books be closed.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What may go wrong; the first five befall cameras, the others single uploads."""

    OFFLINE = "offline"
    CUTS = "cuts"
    SKEW = "skew"
    SLOW = "slow"
    TIGHT = "tight"
    DROPS = "drops"
    PORTAL = "portal"
    DUPLICATES = "duplicates"


USUAL_SHARES: Final[Mapping[Fault, float]] = {
    Fault.OFFLINE: 0.2,
    Fault.CUTS: 0.1,
    Fault.SKEW: 0.1,
    Fault.SLOW: 0.1,
    Fault.TIGHT: 0.02,
    Fault.DROPS: 0.05,
    Fault.PORTAL: 0.02,
    Fault.DUPLICATES: 0.05,
}

MEANING: Final[Mapping[Fault, str]] = {
    Fault.OFFLINE: "cameras that are without a network for a while",
    Fault.CUTS: "cameras whose power is cut and comes back",
    Fault.SKEW: "cameras whose clock is wrong, by minutes, by two days, or since 1970",
    Fault.SLOW: "cameras that upload by 2 to 20 KB a second",
    Fault.TIGHT: "cameras whose spool holds three pictures: the only ones that may lose some",
    Fault.DROPS: "uploads whose answer is lost on the way",
    Fault.PORTAL: "uploads that a login page answers with 200",
    Fault.DUPLICATES: "uploads that reach the cloud twice at the same time",
}

FOR_EVER: Final = float("inf")
SKEWS: Final = (
    timedelta(minutes=-7),
    timedelta(minutes=11),
    timedelta(hours=50),
    timedelta(days=-20_000),
)


@dataclass(frozen=True)
class Span:
    """From one second to another, the second not included."""

    start: float
    end: float

    def holds(self, moment: float) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True)
class Run:
    """What is to be run. `interval` and `seconds` are in seconds; shares are from 0 to 1."""

    seed: int
    interval: float
    seconds: float
    shares: Mapping[Fault, float]


@dataclass(frozen=True)
class Plan:
    """One camera's fate. `due` are the moments of its own captures."""

    due: tuple[float, ...]
    powered: tuple[Span, ...]
    offline: tuple[Span, ...]
    skew: timedelta
    bytes_per_second: float | None
    is_tight: bool

    def link_ends(self, now: float) -> float:
        """When the network will be gone; now, while it is."""
        if any(span.holds(now) for span in self.offline):
            return now
        return min((span.start for span in self.offline if span.start > now), default=FOR_EVER)

    def could_connect_since(self, now: float) -> float:
        """Since when there has been both power and network."""
        begun = [span.start for span in self.powered if span.start <= now]
        healed = [span.end for span in self.offline if span.end <= now]
        return max([0.0, *begun, *healed])


def plan_camera(run: Run, number: int) -> Plan:
    """The same for the same run and number, whatever happens meanwhile."""
    dice = random.Random(f"{run.seed} camera {number}")  # noqa: S311 - repeatable, no secret
    befallen = {fault: dice.random() < run.shares.get(fault, 0) for fault in Fault}
    starts = dice.uniform(0, min(run.interval, run.seconds / 10))
    cuts = _spans(dice, run.seconds, 0.05) if befallen[Fault.CUTS] else ()
    offline = _spans(dice, run.seconds, 0.3) if befallen[Fault.OFFLINE] else ()
    skew = dice.choice(SKEWS) if befallen[Fault.SKEW] else timedelta()
    pace = dice.uniform(2_000, 20_000) if befallen[Fault.SLOW] else None
    powered = _between(starts, cuts)
    return Plan(
        due=tuple(
            moment
            for moment in _grid(starts, run.interval, run.seconds)
            if any(span.holds(moment) for span in powered)
        ),
        powered=powered,
        offline=offline,
        skew=skew,
        bytes_per_second=pace,
        is_tight=befallen[Fault.TIGHT],
    )


def plan_upload(run: Run, number: int, sequence: int, attempt: int) -> Fault | None:
    """What befalls this attempt to upload this picture of this camera."""
    dice = random.Random(f"{run.seed} upload {number} {sequence} {attempt}")  # noqa: S311 - as above
    for fault in (Fault.DROPS, Fault.PORTAL, Fault.DUPLICATES):
        if dice.random() < run.shares.get(fault, 0):
            return fault
    return None


def _spans(dice: random.Random, seconds: float, longest: float) -> tuple[Span, ...]:
    """One or two spells, none longer than that share of the run; the last ends with it at most."""
    starts = sorted(dice.uniform(0.1, 0.9) * seconds for _ in range(dice.randint(1, 2)))
    lengths = [dice.uniform(longest / 5, longest) * seconds for _ in starts]
    bounds = [*starts[1:], seconds]
    return tuple(
        Span(start, min(start + length, bound))
        for start, length, bound in zip(starts, lengths, bounds, strict=True)
    )


def _between(starts: float, cuts: tuple[Span, ...]) -> tuple[Span, ...]:
    edges = [starts, *(edge for cut in cuts for edge in (cut.start, cut.end)), FOR_EVER]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start, end) for start, end in pairs if start < end)


def _grid(start: float, step: float, end: float) -> list[float]:
    return [start + step * place for place in range(int(max(0.0, end - start) // step) + 1)]
