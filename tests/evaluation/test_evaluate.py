"""Who is asked, and what is made of it where somebody gives no answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from cloud.captures.models import State
from cloud.devices.config import ClassifierName, EvaluationSection, WhenIncomplete
from cloud.evaluation.classifier import Answer, Classifier, ClassifierFailed, Question, Usage
from cloud.evaluation.evaluate import evaluate
from cloud.kit.errors import Unavailable
from tests.evaluation.conftest import answer_of
from tests.evaluation.kinds import a_question

BASELINE, OPENAI, GEMINI = ClassifierName.BASELINE, ClassifierName.OPENAI, ClassifierName.GEMINI
PAID = Usage(cost_usd=Decimal("0.25"), paid=True)


@dataclass
class Saying:
    """A classifier that does what it is told, and counts how often."""

    name: ClassifierName
    act: Callable[[], Awaitable[Answer]]
    asked: list[Question] = field(default_factory=list)
    model: str = "scripted"

    async def classify(self, question: Question) -> Answer:
        self.asked.append(question)
        return await self.act()


def says(name: ClassifierName, state: State, score: float = 0.9) -> Saying:
    async def act() -> Answer:
        return answer_of(name, state, score=score, usage=PAID, reason=f"{name} says {state}.")

    return Saying(name, act)


def fails(name: ClassifierName, *, retryable: bool = True, postponed: bool = False) -> Saying:
    async def act() -> Answer:
        raise ClassifierFailed(
            "ai_unavailable", "Nobody there.", retryable=retryable, postponed=postponed
        )

    return Saying(name, act)


def having(*classifiers: Saying) -> dict[ClassifierName, Classifier]:
    return {classifier.name: classifier for classifier in classifiers}


BOTH = EvaluationSection(classifier=OPENAI, secondary=GEMINI, consensus=True)
BOTH_OR_WAIT = BOTH.model_copy(update={"when_incomplete": WhenIncomplete.WAIT})
WITH_FALLBACK = EvaluationSection(classifier=OPENAI, fallback=BASELINE)


async def test_two_that_must_agree_are_asked_at_the_same_time() -> None:
    both_there = asyncio.Barrier(2)

    async def meet(name: ClassifierName) -> Answer:
        async with asyncio.timeout(5), both_there:
            return answer_of(name, State.NORMAL)

    classifiers = having(Saying(OPENAI, lambda: meet(OPENAI)), Saying(GEMINI, lambda: meet(GEMINI)))
    outcome = await evaluate(a_question(), BOTH, classifiers)
    assert outcome.verdict is not None
    assert [answer.classifier for answer in outcome.verdict.answers] == [OPENAI, GEMINI]


async def test_where_both_agree_there_is_the_mean_and_the_surers_reason() -> None:
    classifiers = having(says(OPENAI, State.ABNORMAL, 0.6), says(GEMINI, State.ABNORMAL, 0.9))
    outcome = await evaluate(a_question(), BOTH, classifiers)
    assert outcome.verdict is not None
    assert outcome.verdict.score == pytest.approx(0.75)
    assert outcome.verdict.reason == "gemini says abnormal."


async def test_without_consensus_the_second_is_not_asked() -> None:
    second = says(GEMINI, State.ABNORMAL)
    section = EvaluationSection(classifier=OPENAI, secondary=GEMINI)
    await evaluate(a_question(), section, having(says(OPENAI, State.NORMAL), second))
    assert second.asked == []


async def test_one_of_two_missing_is_accepted_and_marked() -> None:
    classifiers = having(fails(OPENAI), says(GEMINI, State.ABNORMAL))
    outcome = await evaluate(a_question(), BOTH, classifiers)
    assert outcome.verdict is not None
    assert outcome.verdict.state is State.ABNORMAL
    assert "consensus: incomplete" in outcome.verdict.reason
    assert len(outcome.failures) == 1


async def test_one_of_two_missing_is_waited_for_where_that_is_wanted() -> None:
    classifiers = having(fails(OPENAI), says(GEMINI, State.NORMAL))
    outcome = await evaluate(a_question(), BOTH_OR_WAIT, classifiers)
    assert outcome.verdict is None
    assert outcome.failure.retryable
    assert [answer.usage for answer in outcome.answers] == [PAID], "the ledger must have it"
    assert not outcome.postponed, "one was asked, so it was an attempt"


async def test_what_one_was_paid_is_known_where_the_other_could_not_read_its_memory() -> None:
    async def away() -> Answer:
        raise Unavailable("database_busy", "The database is busy.", retry_after=2)

    section = BOTH_OR_WAIT.model_copy(update={"secondary": BASELINE})
    classifiers = having(says(OPENAI, State.NORMAL), Saying(BASELINE, away))
    outcome = await evaluate(a_question(), section, classifiers)
    assert outcome.verdict is None
    assert (outcome.failure.code, outcome.failure.retryable) == ("database_busy", True)
    assert [answer.usage for answer in outcome.answers] == [PAID]


async def test_a_fallback_takes_the_place_of_one_that_gives_no_answer() -> None:
    classifiers = having(fails(OPENAI), says(BASELINE, State.NORMAL))
    outcome = await evaluate(a_question(), WITH_FALLBACK, classifiers)
    assert outcome.verdict is not None
    assert outcome.verdict.state is State.NORMAL
    assert "incomplete" not in outcome.verdict.reason
    (agent,) = [answer.as_agent() for answer in outcome.verdict.answers]
    assert (agent["classifier"], agent["instead_of"]) == ("baseline", "openai")


async def test_a_fallback_is_not_asked_while_all_is_well() -> None:
    fallback = says(BASELINE, State.ABNORMAL)
    await evaluate(a_question(), WITH_FALLBACK, having(says(OPENAI, State.NORMAL), fallback))
    assert fallback.asked == []


async def test_a_fallback_completes_two_that_must_agree() -> None:
    section = BOTH.model_copy(update={"fallback": BASELINE, "when_incomplete": WhenIncomplete.WAIT})
    classifiers = having(fails(OPENAI), says(GEMINI, State.NORMAL), says(BASELINE, State.ABNORMAL))
    outcome = await evaluate(a_question(), section, classifiers)
    assert outcome.verdict is not None
    assert outcome.verdict.state is State.UNCERTAIN
    assert "disagree" in outcome.verdict.reason


async def test_where_the_fallback_fails_too_nothing_is_made_up() -> None:
    classifiers = having(fails(OPENAI), fails(BASELINE, retryable=False))
    outcome = await evaluate(a_question(), WITH_FALLBACK, classifiers)
    assert outcome.verdict is None
    assert outcome.failure.retryable, "a later try may mend the first"


@pytest.mark.parametrize(
    ("first", "second", "postponed"),
    [(True, True, True), (True, False, False), (False, False, False)],
)
async def test_it_was_no_attempt_where_nobody_at_all_was_asked(
    first: bool,  # noqa: FBT001  # a parameter of the test
    second: bool,  # noqa: FBT001
    postponed: bool,  # noqa: FBT001
) -> None:
    classifiers = having(fails(OPENAI, postponed=first), fails(GEMINI, postponed=second))
    outcome = await evaluate(a_question(), BOTH, classifiers)
    assert outcome.postponed is postponed
