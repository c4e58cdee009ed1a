"""From what classifiers said to one verdict: pure rules, by which nothing defaults to normal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cloud.captures.models import State
from cloud.evaluation.answers import clean_reason
from cloud.evaluation.classifier import Answer, Box


@dataclass(frozen=True)
class Verdict:
    """State, how sure (0..1), and why; with the answers that it rests on."""

    state: State
    score: float
    reason: str
    answers: tuple[Answer, ...]
    clause: str | None = None
    box: Box | None = None
    reused_from: UUID | None = None
    """Whose verdict this is, where it was used again for a picture that looks the same."""

    @property
    def evidence(self) -> dict[str, Any] | None:
        if self.state is State.NORMAL or (self.clause is None and self.box is None):
            return None
        return {"clause": self.clause, "box": list(self.box) if self.box else None}


def agree(answers: Sequence[Answer], *, asked: int, min_confidence: float) -> Verdict:
    """One verdict of one or two answers, out of `asked` classifiers.

    The same state: that state, the mean score, the reason of the surer. Different states:
    uncertain, with both reasons. One of two missing: the other's verdict, marked incomplete. A
    score under `min_confidence` is uncertain.
    """
    surer = max(answers, key=lambda answer: answer.score)
    if len({answer.state for answer in answers}) > 1:
        said = "; ".join(f"{one.classifier}: {one.state}, {one.reason}" for one in answers)
        reason = clean_reason(f"The classifiers disagree. {said}")
        return Verdict(State.UNCERTAIN, 0.0, reason, tuple(answers), surer.clause, surer.box)
    score = sum(answer.score for answer in answers) / len(answers)
    reason = surer.reason
    if len(answers) < asked:
        reason = clean_reason(f"{reason} (consensus: incomplete)")
    state = surer.state
    if state is not State.UNCERTAIN and score < min_confidence:
        state, reason = State.UNCERTAIN, clean_reason(f"Not sure enough ({state}): {reason}")
    return Verdict(state, score, reason, tuple(answers), surer.clause, surer.box)
