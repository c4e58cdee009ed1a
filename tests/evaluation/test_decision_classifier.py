"""Deciding first and asking for words only when not normal, with both vendors that offer it."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from cloud.captures.models import State
from cloud.evaluation.classifier import Answer, ClassifierFailed
from tests.evaluation import gemini_stand_in, openai_stand_in
from tests.evaluation.kinds import GEMINI, RESPONSES, Kind, ask, saying
from tests.evaluation.stand_in import Reply, Script, StandIn, failing, verdict

DESCRIPTION = "Three bottles stand on the shelf. The lamp is on."
CLEAR = [0.99, 0.99]


@dataclass(frozen=True)
class Deciding:
    """A kind that decides, how its stand-in says odds, and what a call costs."""

    kind: Kind
    decide: Callable[[dict[str, Any], list[float]], Reply]
    decision_usd: Decimal
    words_usd: Decimal


OPENAI = Deciding(
    replace(RESPONSES, settings={**RESPONSES.settings, "openai_api": "decisions"}),
    lambda request, odds: openai_stand_in.decided(request, list(odds)),
    Decimal("0.0001"),
    Decimal("0.00012"),
)
GOOGLE = Deciding(
    replace(GEMINI, settings={**GEMINI.settings, "gemini_model": "gemini-decision-1"}),
    gemini_stand_in.decided,
    Decimal("0.00013"),
    Decimal("0.00054"),
)


@pytest.fixture(params=[OPENAI, GOOGLE], ids=["openai", "gemini"])
def deciding(request: pytest.FixtureRequest) -> Deciding:
    chosen: Deciding = request.param
    return chosen


@pytest.fixture
def stand_in(deciding: Deciding) -> Iterator[StandIn]:
    start: Callable[[Script], AbstractContextManager[StandIn]] = deciding.kind.start
    with start(failing(500)) as running:
        yield running


def script(deciding: Deciding, odds: list[float], words: Script) -> Script:
    """Say these odds of a decision, and answer a question for words otherwise."""

    def reply(request: dict[str, Any]) -> Reply:
        if request["path"].endswith("/decisions"):
            return deciding.decide(request, odds)
        return words(request)

    return reply


async def decide(deciding: Deciding, stand_in: StandIn) -> Answer:
    return await ask(deciding.kind, stand_in, description=DESCRIPTION)


async def test_a_normal_picture_takes_one_call_and_no_words(
    deciding: Deciding, stand_in: StandIn
) -> None:
    stand_in.script = script(deciding, [*CLEAR, 0.9, 0.8], failing(500))
    answer = await decide(deciding, stand_in)
    assert (answer.state, answer.score) == (State.NORMAL, 0.8)
    assert [call.cost_usd for call in answer.calls] == [deciding.decision_usd]
    assert len(stand_in.requests) == 1
    said = json.dumps(stand_in.requests[0], ensure_ascii=False)
    assert "«Three bottles stand on the shelf.»" in said
    assert "«The lamp is on.»" in said


async def test_an_abnormal_one_is_explained_and_both_calls_are_counted(
    deciding: Deciding, stand_in: StandIn
) -> None:
    words = saying(
        deciding.kind, verdict("abnormal", reason="One is missing.", box=[0.1, 0.1, 0.2, 0.2])
    )
    stand_in.script = script(deciding, [*CLEAR, 0.05, 0.9], words)
    answer = await decide(deciding, stand_in)
    assert (answer.state, answer.reason) == (State.ABNORMAL, "One is missing.")
    assert answer.score == pytest.approx(0.95)
    assert answer.clause == "Three bottles stand on the shelf."
    assert answer.box == (0.1, 0.1, 0.2, 0.2)
    assert [call.cost_usd for call in answer.calls] == [deciding.decision_usd, deciding.words_usd]
    assert answer.as_agent()["cost_usd"] == float(deciding.decision_usd + deciding.words_usd)


async def test_a_decision_stands_when_nobody_explains_it(
    deciding: Deciding, stand_in: StandIn
) -> None:
    stand_in.script = script(deciding, [*CLEAR, 0.9, 0.05], failing(503))
    answer = await decide(deciding, stand_in)
    assert answer.state is State.ABNORMAL
    assert answer.reason == "Not so: The lamp is on."
    assert len(answer.calls) == 2


async def test_a_model_that_contradicts_itself_is_uncertain(
    deciding: Deciding, stand_in: StandIn
) -> None:
    words = saying(deciding.kind, verdict("normal", reason="All is well."))
    stand_in.script = script(deciding, [*CLEAR, 0.05, 0.9], words)
    answer = await decide(deciding, stand_in)
    assert answer.state is State.UNCERTAIN
    assert "contradicts itself" in answer.reason
    assert "All is well." in answer.reason


async def test_writing_that_directs_the_verdict_is_uncertain_and_needs_no_words(
    deciding: Deciding, stand_in: StandIn
) -> None:
    stand_in.script = script(deciding, [0.99, 0.1, 0.99, 0.99], failing(500))
    answer = await decide(deciding, stand_in)
    assert answer.state is State.UNCERTAIN
    assert "Writing in the picture" in answer.reason
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    "odds", ["NaN", "Infinity", "90", "-0.1", '"0.99"', "true", "null", "[0.99]"]
)
async def test_odds_out_of_form_never_become_a_verdict(
    deciding: Deciding, stand_in: StandIn, odds: str
) -> None:
    def reply(request: dict[str, Any]) -> Reply:
        said = deciding.decide(request, [*CLEAR, 0.9, 0.123]).body.decode()
        return Reply(said.replace("0.123", odds).encode())

    stand_in.script = reply
    with pytest.raises(ClassifierFailed) as failed:
        await decide(deciding, stand_in)
    assert failed.value.code == "ai_answer_invalid"


async def test_too_few_odds_are_no_verdict(deciding: Deciding, stand_in: StandIn) -> None:
    def reply(request: dict[str, Any]) -> Reply:
        questions = request["questions"]
        fewer = (
            dict(list(questions.items())[:-1])
            if isinstance(questions, dict)
            else list(questions)[:-1]
        )
        return deciding.decide({**request, "questions": fewer}, [*CLEAR, 0.9])

    stand_in.script = reply
    with pytest.raises(ClassifierFailed) as failed:
        await decide(deciding, stand_in)
    assert failed.value.code == "ai_answer_invalid"


async def test_one_refused_statement_makes_all_uncertain() -> None:
    def refuse_one(request: dict[str, Any]) -> Reply:
        return openai_stand_in.decided(request, [*CLEAR, 0.99, None])

    with openai_stand_in.openai_stand_in(refuse_one) as running:
        answer = await decide(OPENAI, running)
    assert answer.state is State.UNCERTAIN
    assert "refused" in answer.reason


async def test_a_blocked_picture_is_uncertain() -> None:
    blocked = {"prompt_feedback": {"block_reason": "image_safety"}}
    with gemini_stand_in.gemini_stand_in(lambda _: Reply(json.dumps(blocked).encode())) as running:
        answer = await decide(GOOGLE, running)
    assert answer.state is State.UNCERTAIN
    assert "image_safety" in answer.reason
