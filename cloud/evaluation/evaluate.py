"""Judging one picture: asks the classifiers that its camera is set to, and makes one verdict."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cloud.devices.config import ClassifierName, EvaluationSection, WhenIncomplete
from cloud.evaluation.classifier import Answer, Classifier, ClassifierFailed, Question
from cloud.evaluation.consensus import Verdict, agree
from cloud.kit.errors import Unavailable

Classifiers = Mapping[ClassifierName, Classifier]
"""Those that this installation can ask."""


@dataclass(frozen=True)
class Outcome:
    """A verdict, or why there is none; and all that was said and failed, for the ledger."""

    verdict: Verdict | None
    failures: tuple[ClassifierFailed, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def failure(self) -> ClassifierFailed:
        """The failure to tell of: one that a later try may mend comes first."""
        return max(self.failures, key=lambda failure: (failure.retryable, not failure.postponed))

    @property
    def postponed(self) -> bool:
        """Whether nobody at all was asked: then this was no attempt."""
        return not self.answers and all(failure.postponed for failure in self.failures)


async def evaluate(
    question: Question, section: EvaluationSection, classifiers: Classifiers
) -> Outcome:
    """Ask every classifier of the section at once, and agree on what they said."""
    names = choose_classifiers(section)
    said = await asyncio.gather(*(_ask(name, question, classifiers) for name in names))
    failed = [name for name, one in zip(names, said, strict=True) if not isinstance(one, Answer)]
    if failed and section.fallback and section.fallback not in names:
        instead = await _ask(section.fallback, question, classifiers)
        if isinstance(instead, Answer):
            instead = replace(instead, instead_of=failed[0])
        said = [*said, instead]
    return _conclude(said, section, asked=len(names))


def choose_classifiers(section: EvaluationSection) -> list[ClassifierName]:
    """Who is asked: one, or two where they must agree."""
    if section.consensus and section.secondary and section.secondary != section.classifier:
        return [section.classifier, section.secondary]
    return [section.classifier]


def _conclude(
    said: Sequence[Answer | ClassifierFailed], section: EvaluationSection, *, asked: int
) -> Outcome:
    answers = tuple(one for one in said if isinstance(one, Answer))
    failures = tuple(one for one in said if isinstance(one, ClassifierFailed))
    incomplete = len(answers) < asked
    if not answers or (incomplete and section.when_incomplete is WhenIncomplete.WAIT):
        return Outcome(None, failures, answers)
    verdict = agree(answers, asked=asked, min_confidence=section.min_confidence)
    return Outcome(verdict, failures, answers)


async def _ask(
    name: ClassifierName, question: Question, classifiers: Classifiers
) -> Answer | ClassifierFailed:
    classifier = classifiers.get(name)
    if classifier is None:
        return ClassifierFailed(
            "classifier_unavailable",
            f"The classifier {name} is not set up on this installation.",
            retryable=False,
        )
    try:
        return await classifier.classify(question)
    except ClassifierFailed as failure:
        return failure
    except Unavailable as away:  # the baseline keeps its memory in the database
        return ClassifierFailed(away.code, away.detail, retry_after=away.retry_after)
