"""What a classifier is: it looks at one picture and says normal, abnormal or uncertain, and why.

Classifiers keep nothing between calls. Whatever a verdict needs (the picture, the description in
force) travels with the question, so that two organizations judged at once cannot mix.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from cloud.captures.models import State
from cloud.devices.config import ClassifierName

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


@dataclass(frozen=True)
class Usage:
    """What one call took."""

    latency_ms: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal = Decimal(0)
    paid: bool = False
    """Whether a paid model was called; then the ledger has an entry, whatever came of it."""


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

    def as_agent(self) -> dict[str, Any]:
        """The answer as an entry of the Capture's `agents`."""
        return {
            "classifier": self.classifier,
            "model": self.model,
            "state": self.state,
            "score": round(self.score, 4),
            "reason": self.reason,
            "latency_ms": self.usage.latency_ms,
            "tokens_in": self.usage.tokens_in,
            "tokens_out": self.usage.tokens_out,
            "cost_usd": float(self.usage.cost_usd),
        }


class ClassifierFailed(Exception):
    """There is no answer. `code` is stable, `detail` one sentence free of secrets."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        retryable: bool = True,
        retry_after: float | None = None,
        usage: Usage | None = None,
        classifier: str = "",
        model: str = "",
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after
        self.usage = usage or Usage()
        self.classifier = classifier
        self.model = model


class Classifier(Protocol):
    """Judges one picture."""

    name: ClassifierName

    async def classify(self, question: Question) -> Answer:
        """Look at the picture. Raises ClassifierFailed, and nothing else, where there is no answer.

        A picture that cannot be judged (no description, a refusal, still learning) is an Answer:
        uncertain, with that reason.
        """
        ...
