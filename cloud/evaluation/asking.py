"""Asking a model: what is put to it and what comes back, whoever its vendor is.

A vendor's module speaks that vendor's wire by its official SDK and turns what it says into these
words. It keeps nothing of a question; deadlines, costs and verdicts are not its business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cloud.evaluation.registry import ModelCard, Tokens


@dataclass(frozen=True)
class AnswerForm:
    """What a model is to answer with: a document of this JSON Schema, of at most so many tokens."""

    name: str
    schema: dict[str, Any]
    most_tokens: int


@dataclass(frozen=True)
class Picture:
    """A picture among what is shown; `jpeg` is already small.

    `detail` is how closely the model is to look at it; None where that is as usual with it.
    """

    jpeg: bytes
    detail: str | None = None


@dataclass(frozen=True)
class Prompt:
    """What a model is told, what it is shown in which order, and how it is to answer."""

    instructions: str
    shown: tuple[str | Picture, ...]
    form: AnswerForm


@dataclass(frozen=True)
class Reply:
    """What a model said in words. `complete` is False where it was cut off."""

    text: str
    tokens: Tokens | None
    refusal: str | None = None
    complete: bool = True


@dataclass(frozen=True)
class Odds:
    """How likely each statement is, 0..1, in the order they were asked in."""

    probabilities: tuple[float, ...]
    tokens: Tokens | None
    refusal: str | None = None


class Talks(Protocol):
    """Answers a prompt with a document of the schema that is asked for."""

    async def ask(self, card: ModelCard, prompt: Prompt) -> Reply:
        """Ask. Raises ProviderFailed and AnswerUnreadable."""
        ...


class Decides(Protocol):
    """Says of statements about a picture how likely each one is, without words."""

    async def decide(
        self, card: ModelCard, instructions: str, jpeg: bytes, statements: Sequence[str]
    ) -> Odds:
        """Decide. Raises ProviderFailed and AnswerUnreadable."""
        ...


class ProviderFailed(Exception):
    """The provider gave no answer. `status` is None where none came, not even a refusal.

    `perhaps_billed`: the connection broke after the question was on its way.
    """

    def __init__(
        self,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        perhaps_billed: bool = False,
    ) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after
        self.perhaps_billed = perhaps_billed


class AnswerUnreadable(Exception):
    """The provider answered, but not with what its API promises, or with far too much of it."""


def find_cause(error: BaseException) -> ProviderFailed | AnswerUnreadable:
    """What went wrong on the way, under what an SDK made of it; else its answer was unreadable."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ProviderFailed | AnswerUnreadable):
            return cause
        cause = cause.__cause__ or cause.__context__
    return AnswerUnreadable()
