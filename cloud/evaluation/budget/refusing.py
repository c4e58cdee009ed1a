"""What is said of a capture that is deliberately not judged, as the budget is reached."""

from typing import Final

from cloud.evaluation.budget.ladder import SAMPLED_SHARE, Step
from cloud.evaluation.budget.months import Month
from cloud.evaluation.classifier import ClassifierFailed

BUDGET_PAUSED: Final = "budget_paused"
NOT_SAMPLED: Final = "not_sampled"


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
