"""The ladder as a table: which step holds at which share, and what each leaves out."""

from decimal import Decimal
from typing import Any

import pytest

from cloud.devices.config import ClassifierName, EvaluationSection
from cloud.evaluation.budget.ladder import Step, costs_nothing, ease, find_step, narrow

OPENAI, GEMINI, BASELINE = ClassifierName.OPENAI, ClassifierName.GEMINI, ClassifierName.BASELINE
BOTH = EvaluationSection(classifier=OPENAI, secondary=GEMINI, consensus=True, fallback=GEMINI)


@pytest.mark.parametrize(
    ("committed", "step"),
    [
        ("0", Step.FULL),
        ("15.9999999999", Step.FULL),
        ("16", Step.SINGLE),
        ("19.99", Step.SINGLE),
        ("20", Step.CHANGED_ONLY),
        ("21.99", Step.CHANGED_ONLY),
        ("22", Step.SAMPLED),
        ("23.9999999999", Step.SAMPLED),
        ("24", Step.PAUSED),
        ("1000", Step.PAUSED),
    ],
)
def test_the_step_is_by_the_share_of_the_budget(committed: str, step: Step) -> None:
    assert find_step(Decimal(committed), Decimal(20)) is step
    assert find_step(Decimal(committed), None) is Step.FULL


def test_a_budget_of_nothing_pays_for_nothing() -> None:
    assert find_step(Decimal(0), Decimal(0)) is Step.PAUSED


@pytest.mark.parametrize(
    ("step", "plain", "by_hand"),
    [
        (Step.FULL, Step.FULL, Step.FULL),
        (Step.SINGLE, Step.SINGLE, Step.SINGLE),
        (Step.CHANGED_ONLY, Step.CHANGED_ONLY, Step.SINGLE),
        (Step.SAMPLED, Step.SAMPLED, Step.SINGLE),
        (Step.PAUSED, Step.PAUSED, Step.PAUSED),
    ],
)
def test_an_open_incident_is_never_left_out_and_asking_by_hand_helps_until_the_pause(
    step: Step, plain: Step, by_hand: Step
) -> None:
    assert ease(step, in_incident=False, by_hand=False) is plain
    assert ease(step, in_incident=False, by_hand=True) is by_hand
    for asked in (False, True):
        assert ease(step, in_incident=True, by_hand=asked) in {Step.FULL, Step.SINGLE}


@pytest.mark.parametrize(
    ("step", "consensus", "fallback"),
    [
        (Step.FULL, True, GEMINI),
        (Step.SINGLE, False, GEMINI),
        (Step.CHANGED_ONLY, False, None),
        (Step.SAMPLED, False, None),
        (Step.PAUSED, False, None),
    ],
)
def test_fewer_are_asked_higher_up(
    step: Step, fallback: ClassifierName | None, *, consensus: bool
) -> None:
    asked = narrow(BOTH, step)
    assert (asked.consensus, asked.fallback) == (consensus, fallback)


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({"classifier": BASELINE}, True),
        ({"classifier": BASELINE, "fallback": BASELINE}, True),
        ({"classifier": BASELINE, "fallback": OPENAI}, False),
        ({"classifier": OPENAI}, False),
        ({"classifier": BASELINE, "secondary": OPENAI, "consensus": True}, False),
        ({"classifier": BASELINE, "secondary": OPENAI, "consensus": False}, True),
    ],
)
def test_only_what_asks_nobody_paid_costs_nothing(changes: dict[str, Any], *, free: bool) -> None:
    assert costs_nothing(EvaluationSection(**changes)) is free


def test_a_camera_that_asks_the_baseline_first_costs_nothing_over_budget() -> None:
    section = EvaluationSection(
        classifier=BASELINE, secondary=OPENAI, consensus=True, fallback=GEMINI
    )
    assert costs_nothing(narrow(section, Step.PAUSED))
