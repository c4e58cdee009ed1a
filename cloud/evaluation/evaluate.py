"""Judging one picture: asks the classifiers that its camera is set to, and makes one verdict."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from cloud.devices.config import ClassifierName, EvaluationSection
from cloud.evaluation.classifier import Answer, Classifier, ClassifierFailed, Question
from cloud.evaluation.consensus import Verdict, agree

Classifiers = Mapping[ClassifierName, Classifier]
"""Those that this installation can ask."""


@dataclass(frozen=True)
class Outcome:
    """A verdict, or why there is none; and each failed call, for the ledger."""

    verdict: Verdict | None
    failures: tuple[ClassifierFailed, ...] = ()

    @property
    def failure(self) -> ClassifierFailed:
        """The failure to tell of: one that a later try may mend comes first."""
        return max(self.failures, key=lambda failure: failure.retryable)


async def evaluate(
    question: Question, section: EvaluationSection, classifiers: Classifiers
) -> Outcome:
    """Ask every classifier of the section at once, and agree on what they said."""
    names = [section.classifier]
    if section.consensus and section.secondary and section.secondary != section.classifier:
        names.append(section.secondary)
    said = await asyncio.gather(*(_ask(name, question, classifiers) for name in names))
    answers = [one for one in said if isinstance(one, Answer)]
    failures = tuple(one for one in said if isinstance(one, ClassifierFailed))
    if not answers:
        return Outcome(None, failures)
    verdict = agree(answers, asked=len(names), min_confidence=section.min_confidence)
    return Outcome(verdict, failures)


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
