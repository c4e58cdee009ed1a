"""The ladder: what is left out as a month's spending nears its budget and passes it. Pure.

- below 80 % of the budget, `full`: nothing.
- from 80 %, `single`: one classifier is asked where two had to agree.
- from 100 %, `changed_only`: a picture that shows what the last normal one did is not judged.
- from 110 %, `sampled`: of the pictures that changed, 1 in 5 is judged.
- from 120 %, `paused`: nothing is judged, and the camera is not being watched.

What counts is committed: spent, and expected of the calls under way. A camera with an unresolved
abnormal incident is always judged, by one classifier. The baseline costs nothing and is never
limited.
"""

from decimal import Decimal
from enum import StrEnum

from cloud.devices.config import ClassifierName, EvaluationSection
from cloud.evaluation.evaluate import choose_classifiers


class Step(StrEnum):
    """How far up the ladder a month's spending has climbed."""

    FULL = "full"
    SINGLE = "single"
    CHANGED_ONLY = "changed_only"
    SAMPLED = "sampled"
    PAUSED = "paused"


RUNGS = (
    (Decimal("1.2"), Step.PAUSED),
    (Decimal("1.1"), Step.SAMPLED),
    (Decimal("1.0"), Step.CHANGED_ONLY),
    (Decimal("0.8"), Step.SINGLE),
)
"""From which share of the budget on each step holds."""

SAMPLED_SHARE = 0.2
"""Of the pictures that changed."""


def find_step(committed_usd: Decimal, monthly_usd: Decimal | None) -> Step:
    """The step that holds; without a budget always `full`, with one of 0 always `paused`."""
    if monthly_usd is None:
        return Step.FULL
    reached = (step for share, step in RUNGS if committed_usd >= share * monthly_usd)
    return next(reached, Step.FULL)


def ease(step: Step, *, in_incident: bool, by_hand: bool) -> Step:
    """The step for one capture: what is in an open incident, or was asked for, is not left out.

    Asking by hand does not help where judging is paused.
    """
    is_left_out = step not in {Step.FULL, Step.SINGLE}
    if is_left_out and (in_incident or (by_hand and step is not Step.PAUSED)):
        return Step.SINGLE
    return step


def narrow(section: EvaluationSection, step: Step) -> EvaluationSection:
    """Who is asked at this step.

    Above the budget nobody who is paid is asked instead of another, so that a camera whose first
    classifier is the baseline costs nothing then.
    """
    if step is Step.FULL:
        return section
    keeps_fallback = step is Step.SINGLE or section.fallback is ClassifierName.BASELINE
    fallback = section.fallback if keeps_fallback else None
    return section.model_copy(update={"consensus": False, "fallback": fallback})


def costs_nothing(section: EvaluationSection) -> bool:
    """Whether nobody is asked who is paid."""
    asked = {*choose_classifiers(section), section.fallback or ClassifierName.BASELINE}
    return asked == {ClassifierName.BASELINE}
