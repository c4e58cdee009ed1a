"""What is said where the budget is nearly reached: of a capture left out, and to the operator."""

from typing import Final

from cloud.evaluation.budget.ladder import SAMPLED_SHARE, Step
from cloud.evaluation.budget.months import Month
from cloud.evaluation.budget.spending import Spending
from cloud.evaluation.classifier import ClassifierFailed

BUDGET_PAUSED: Final = "budget_paused"
NOT_SAMPLED: Final = "not_sampled"

STEPS = {
    Step.SINGLE: "80 % of this month's budget is spent: one classifier is asked instead of two.",
    Step.CHANGED_ONLY: "This month's budget is spent: only pictures that changed are judged.",
    Step.SAMPLED: "This month's budget is spent: of the pictures that changed, 1 in 5 is judged.",
    Step.PAUSED: "This month's budget is used up: cameras that ask a model are not being watched.",
}


def say_step(spending: Spending) -> str | None:
    """What the step means and what to do, in words; None while nothing is left out."""
    said = STEPS.get(spending.standing)
    if said is None:
        return None
    return f"{said} Raise the budget, or wait until {spending.month.next_first:%-d %B}."


def budget_paused(month: Month) -> ClassifierFailed:
    return ClassifierFailed(
        BUDGET_PAUSED,
        "This month's budget is used up, so pictures are kept but not judged until "
        f"{month.next_first:%-d %B}. An administrator can raise the budget.",
        retryable=False,
    )


def not_sampled(step: Step) -> ClassifierFailed:
    """Of a picture that was left out at that step."""
    if step is Step.SAMPLED:
        detail = f"only 1 in {round(1 / SAMPLED_SHARE)} of the pictures that changed is judged."
    else:
        detail = "a picture that shows what the last normal one did is not judged anew."
    return ClassifierFailed(
        NOT_SAMPLED, f"This month's budget is reached: {detail}", retryable=False
    )
