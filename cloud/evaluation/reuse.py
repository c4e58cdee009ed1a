"""Similarity reuse: when a verdict on an earlier picture answers for a new one. Pure decisions.

Only a normal verdict is used again, and only one that classifiers gave on a picture which they saw:
a reused one is never reused, so its age counts from there. It must have come about as it would now,
by the same description version and the same models that are shown the same examples, and the two
pictures must be alike everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from cloud.captures.models import Capture
from cloud.captures.picture_hash import hash_distance
from cloud.devices.config import EvaluationSection, SimilaritySection
from cloud.evaluation.classifier import Classifier
from cloud.evaluation.evaluate import Classifiers, choose_classifiers
from cloud.evaluation.examples import Disposed
from cloud.evaluation.model_classifier import ModelClassifier
from cloud.evaluation.scene.likeness import looks_same
from cloud.evaluation.scene.sight import Sight

CANDIDATES: Final = 4
"""How many of the newest judged normal captures a new one is compared with."""


Judge = tuple[str, str, frozenset[tuple[str, str]]]
"""A classifier, its model, and the captures it is shown, each with what the operator called it."""


@dataclass(frozen=True)
class Standard:
    """By what a verdict would come about now."""

    description_version: int | None
    judges: frozenset[Judge]
    min_confidence: float

    @staticmethod
    def of(
        section: EvaluationSection,
        version: int | None,
        classifiers: Classifiers,
        examples: Iterable[Disposed],
    ) -> "Standard | None":
        """None where one of the classifiers is not set up: then nothing may be reused."""
        names = choose_classifiers(section)
        if any(name not in classifiers for name in names):
            return None
        shown = frozenset((str(one.id), str(one.disposition)) for one in examples)
        judges = frozenset(_judge(classifiers[name], shown) for name in names)
        return Standard(version, judges, section.min_confidence)


class Taken(Protocol):
    """A picture: when it was taken by its camera's clock, when it came by ours."""

    @property
    def captured_at(self) -> datetime: ...

    @property
    def received_at(self) -> datetime: ...

    @property
    def clock_suspect(self) -> bool: ...


@dataclass(frozen=True)
class Judged:
    """A normal verdict that classifiers gave."""

    id: UUID
    captured_at: datetime
    received_at: datetime
    clock_suspect: bool
    evaluated_at: datetime
    phash: int
    score: float
    reason: str
    description_version: int | None
    agents: Sequence[dict[str, Any]]

    def stands(self, version: int | None, disputed_at: datetime | None) -> bool:
        """Whether it is by this version, and newer than the operator's last word against one."""
        is_undisputed = disputed_at is None or self.evaluated_at > disputed_at
        return is_undisputed and self.description_version == version

    def meets(self, standard: Standard) -> bool:
        """Whether the same judges said it, as surely as is asked now."""
        return self.judges == standard.judges and self.score >= standard.min_confidence

    @property
    def judges(self) -> frozenset[Judge]:
        """Who said it."""
        return frozenset(
            (
                agent["classifier"],
                agent["model"],
                frozenset(
                    (shown["record_id"], shown["verdict"]) for shown in agent.get("examples", ())
                ),
            )
            for agent in self.agents
        )


def choose_candidates(
    judged: Iterable[Judged],
    standard: Standard,
    limits: SimilaritySection,
    *,
    new: Taken,
    disputed_at: datetime | None,
) -> list[Judged]:
    """Those that may answer for the new picture.

    They are young enough by the camera's clock and by ours: a camera's clock may begin anew, and
    then say again what it said weeks ago. One that cannot be right does not tell what was before.

    `disputed_at` is when the operator last said of one of the camera's captures that it is not
    normal: what was judged before may be the same mistake.
    """
    if new.clock_suspect:
        return []
    longest = timedelta(minutes=limits.expires_minutes)
    return [
        one
        for one in judged
        if timedelta() <= new.captured_at - one.captured_at <= longest
        and new.received_at - one.received_at <= longest
        and one.stands(standard.description_version, disputed_at)
        and one.meets(standard)
    ]


def find_same(
    sight: Sight, phash: int, known: Iterable[tuple[Judged, Sight]], max_distance: int
) -> Judged | None:
    """The first that shows the same. Processor-bound, some milliseconds for each."""
    for judged, seen in known:
        if hash_distance(phash, judged.phash) <= max_distance and looks_same(sight, seen):
            return judged
    return None


def _judge(classifier: Classifier, shown: frozenset[tuple[str, str]]) -> Judge:
    """Only a model that answers in words is shown examples."""
    seen = shown if isinstance(classifier, ModelClassifier) else frozenset()
    return str(classifier.name), classifier.model, seen


JUDGED = (
    Capture.id,
    Capture.captured_at,
    Capture.received_at,
    Capture.clock_suspect,
    Capture.evaluated_at,
    Capture.phash,
    Capture.score,
    Capture.reason,
    Capture.description_version,
    Capture.agents,
)
"""The columns of a `Judged`."""
