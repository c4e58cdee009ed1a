"""What a classifier is: it looks at one picture and says normal, abnormal or uncertain, and why.

Classifiers keep nothing between calls. Whatever a verdict needs (the picture, the description in
force) travels with the question, so that two organizations judged at once cannot mix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from cloud.captures.models import State
from cloud.devices.config import ClassifierName
from cloud.evaluation.examples import Example
from device.wire import Mask

Box = tuple[float, float, float, float]
"""x, y, width, height in fractions of the picture's sides."""


@dataclass(frozen=True)
class Question:
    """One picture to be judged. `jpeg` stands upright."""

    organization_id: UUID
    device_id: UUID
    capture_id: UUID
    jpeg: bytes
    description: str | None
    description_version: int | None
    examples: tuple[Example, ...] = ()
    masks: tuple[Mask, ...] = ()
    """The privacy masks in force; what was taken before one was drawn shows what it covers."""


@dataclass(frozen=True)
class Usage:
    """What one call took. `tokens_in` includes `tokens_cached`."""

    latency_ms: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost_usd: Decimal | None = Decimal(0)
    """None where it is not known: a model without a listed price, or an answer that never came."""
    paid: bool = False
    """Whether a paid model was called; then the ledger has an entry, whatever came of it."""
    model: str = ""
    """Which model was called, where it is not the answer's own."""


def add_usages(usages: Sequence[Usage]) -> Usage:
    """What several calls took together; the cost is unknown where that of one is."""
    costs = [usage.cost_usd for usage in usages]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        latency_ms=sum(usage.latency_ms for usage in usages),
        tokens_in=sum(usage.tokens_in for usage in usages),
        tokens_out=sum(usage.tokens_out for usage in usages),
        tokens_cached=sum(usage.tokens_cached for usage in usages),
        cost_usd=sum(known, start=Decimal(0)) if len(known) == len(costs) else None,
        paid=any(usage.paid for usage in usages),
    )


@dataclass(frozen=True)
class Answer:
    """What a classifier said. `score` is sureness of the state, 0..1."""

    classifier: ClassifierName
    model: str
    state: State
    score: float
    reason: str
    usage: Usage
    clause: str | None = None
    box: Box | None = None
    remember: bytes | None = None
    """Features of this picture that the classifier wants kept for the next ones."""
    earlier: tuple[Usage, ...] = ()
    """Calls on the way to this answer, such as the decision that a reason was then asked for."""
    instead_of: ClassifierName | None = None
    """Whose place it took, as that one gave no answer."""
    examples: tuple[Example, ...] = ()
    """What the model was shown beside the picture."""

    @property
    def calls(self) -> tuple[Usage, ...]:
        """Each call by itself, as the ledger has it."""
        return (*self.earlier, self.usage)

    def as_agent(self) -> dict[str, Any]:
        """The answer as an entry of the Capture's `agents`."""
        total = add_usages(self.calls)
        return {
            "classifier": self.classifier,
            "model": self.model,
            "state": self.state,
            "score": round(self.score, 4),
            "reason": self.reason,
            "latency_ms": total.latency_ms,
            "tokens_in": total.tokens_in,
            "tokens_out": total.tokens_out,
            "cost_usd": None if total.cost_usd is None else float(total.cost_usd),
            "instead_of": self.instead_of,
            "examples": [
                {"record_id": str(one.capture_id), "verdict": one.verdict} for one in self.examples
            ],
        }


class ClassifierFailed(Exception):
    """There is no answer. `code` is stable, `detail` one sentence free of secrets.

    `postponed`: nobody was asked, as the provider is known to be down; it counts as no attempt.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        retryable: bool = True,
        retry_after: float | None = None,
        postponed: bool = False,
        calls: Sequence[Usage] = (),
        classifier: str = "",
        model: str = "",
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after
        self.postponed = postponed
        self.calls = tuple(calls)
        self.classifier = classifier
        self.model = model


class Classifier(Protocol):
    """Judges one picture."""

    name: ClassifierName
    model: str
    """Which model answers for it, as its answers name it."""

    async def classify(self, question: Question) -> Answer:
        """Look at the picture. Raises ClassifierFailed, and nothing else, where there is no answer.

        A picture that cannot be judged (no description, a refusal, still learning) is an Answer:
        uncertain, with that reason.
        """
        ...
