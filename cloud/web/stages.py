"""How long each stage of a capture took, from the lens to whoever was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

WORDS = {
    "sent": "In the camera",
    "received": "On the way",
    "stored": "Taken in",
    "claimed": "Waited",
    "ai_started": "Prepared",
    "ai_finished": "Judged",
    "notified": "Told",
}
"""A mark of the timing, and what went on until then."""

ORDER = ("captured", *WORDS)


@dataclass(frozen=True)
class Stage:
    """`share` is of the longest stage, 0..1."""

    word: str
    seconds: float
    share: float


def list_stages(timing: Mapping[str, str]) -> list[Stage]:
    """The stages between the marks that are known, in their order.

    The camera's clock is not ours: where it is ahead, what it says would end before it began, and
    such a stage is left out.
    """
    marks = [(name, datetime.fromisoformat(timing[name])) for name in ORDER if name in timing]
    took = [
        (WORDS[name], (at - before).total_seconds())
        for (_, before), (name, at) in pairwise(marks)
        if at >= before
    ]
    longest = max((seconds for _, seconds in took), default=0) or 1
    return [Stage(word, seconds, seconds / longest) for word, seconds in took]
