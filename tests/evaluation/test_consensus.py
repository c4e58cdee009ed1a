import pytest

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, Usage
from cloud.evaluation.consensus import agree


def answer(
    state: State, score: float, classifier: ClassifierName = ClassifierName.BASELINE
) -> Answer:
    return Answer(classifier, "model", state, score, f"{classifier} says {state}", Usage())


def test_two_of_one_mind_give_the_mean_and_the_surers_reason() -> None:
    verdict = agree(
        [
            answer(State.ABNORMAL, 0.6),
            answer(State.ABNORMAL, 0.8, ClassifierName.OPENAI),
        ],
        asked=2,
        min_confidence=0.5,
    )
    assert (verdict.state, verdict.reason) == (State.ABNORMAL, "openai says abnormal")
    assert verdict.score == pytest.approx(0.7)


def test_two_of_different_minds_are_uncertain_with_both_reasons() -> None:
    verdict = agree(
        [answer(State.NORMAL, 0.99), answer(State.ABNORMAL, 0.6, ClassifierName.OPENAI)],
        asked=2,
        min_confidence=0.5,
    )
    assert verdict.state is State.UNCERTAIN
    assert "baseline says normal" in verdict.reason
    assert "openai says abnormal" in verdict.reason


def test_one_of_two_missing_is_marked() -> None:
    verdict = agree([answer(State.NORMAL, 0.9)], asked=2, min_confidence=0.5)
    assert verdict.state is State.NORMAL
    assert "consensus: incomplete" in verdict.reason


@pytest.mark.parametrize("state", [State.NORMAL, State.ABNORMAL])
def test_too_little_confidence_is_uncertain(state: State) -> None:
    verdict = agree([answer(state, 0.69)], asked=1, min_confidence=0.7)
    assert verdict.state is State.UNCERTAIN
    assert state in verdict.reason


def test_a_normal_verdict_shows_no_evidence() -> None:
    assert agree([answer(State.NORMAL, 0.9)], asked=1, min_confidence=0.5).evidence is None
