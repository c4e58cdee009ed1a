"""Calling a provider: within a deadline, not while it is known to be down, and never for free.

Whatever goes wrong becomes a ClassifierFailed that carries what the call took; so the ledger has
an entry for every call that was made.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cloud.evaluation.asking import AnswerUnreadable, Prompt, ProviderFailed, Reply, Talks
from cloud.evaluation.breaker import Breaker, Resting
from cloud.evaluation.classifier import ClassifierFailed, Usage
from cloud.evaluation.registry import ModelCard, Tokens

OUR_FAULT = frozenset({400, 413, 422})
"""Answers that say: this very request will never be taken."""

UNREADABLE = "The model's answer did not have the form that was asked for."


class Counted(Protocol):
    """An answer with what the vendor counted."""

    @property
    def tokens(self) -> Tokens | None: ...


T = TypeVar("T", bound=Counted)


@dataclass(frozen=True)
class Caller:
    """One provider, as all calls of this process reach it."""

    breaker: Breaker
    patience_seconds: float

    async def call(self, card: ModelCard, send: Callable[[], Awaitable[T]]) -> tuple[T, Usage]:
        """Make one call; what came back and what it took. Raises ClassifierFailed."""
        try:
            permit = self.breaker.enter()
        except Resting as resting:
            raise _postponed(card, resting.seconds) from None
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.patience_seconds):
                answer = await send()
        except asyncio.CancelledError:
            self.breaker.abandon(permit)
            raise
        except TimeoutError:
            self.breaker.fail(permit)
            raise failure(
                card, [_usage(card, None, began)], "The model did not answer in time."
            ) from None
        except ProviderFailed as failed:
            billed = None if failed.perhaps_billed else Tokens()
            raise self._refused(card, failed, permit, _usage(card, billed, began)) from None
        except AnswerUnreadable:
            self.breaker.succeed(permit)
            raise failure(
                card, [_usage(card, None, began)], UNREADABLE, code="ai_answer_invalid"
            ) from None
        self.breaker.succeed(permit)
        return answer, _usage(card, answer.tokens, began)

    def _refused(
        self, card: ModelCard, failed: ProviderFailed, permit: int, usage: Usage
    ) -> ClassifierFailed:
        if failed.status in OUR_FAULT:
            self.breaker.succeed(permit)
            return failure(
                card,
                [usage],
                f"The model's provider does not take this request ({failed.status}).",
                code="ai_request_refused",
                retryable=False,
            )
        self.breaker.fail(permit, failed.retry_after)
        detail = (
            f"The model's provider answered {failed.status}."
            if failed.status
            else "The model's provider cannot be reached."
        )
        return failure(card, [usage], detail, retry_after=failed.retry_after)


@dataclass(frozen=True)
class AskedModel:
    """A model that answers in words: which one, whose, and how its provider is called."""

    card: ModelCard
    vendor: Talks
    caller: Caller

    async def ask(self, prompt: Prompt) -> tuple[Reply, Usage]:
        """Put a prompt; what it said, whole or refused, and what that took.

        Raises ClassifierFailed, also where the answer was cut off.
        """
        reply, usage = await self.caller.call(self.card, lambda: self.vendor.ask(self.card, prompt))
        if reply.refusal is None and not reply.complete:
            raise self.unreadable(usage)
        return reply, usage

    def unreadable(self, usage: Usage) -> ClassifierFailed:
        """Why an answer in another form than was asked for is none."""
        return failure(self.card, [usage], UNREADABLE, code="ai_answer_invalid")


def failure(
    card: ModelCard,
    calls: list[Usage],
    detail: str,
    *,
    code: str = "ai_unavailable",
    retryable: bool = True,
    retry_after: float | None = None,
) -> ClassifierFailed:
    """Why a model gave no verdict."""
    return ClassifierFailed(
        code,
        detail,
        retryable=retryable,
        retry_after=retry_after,
        calls=calls,
        classifier=card.classifier,
        model=card.name,
    )


def _postponed(card: ModelCard, seconds: float) -> ClassifierFailed:
    return ClassifierFailed(
        "ai_unavailable",
        "The model's provider is down; it is asked again shortly.",
        retry_after=seconds,
        postponed=True,
        classifier=card.classifier,
        model=card.name,
    )


def _usage(card: ModelCard, tokens: Tokens | None, began: float) -> Usage:
    counted = tokens or Tokens()
    return Usage(
        latency_ms=round((time.monotonic() - began) * 1000),
        tokens_in=counted.total_in,
        tokens_out=counted.out,
        tokens_cached=counted.cached,
        cost_usd=card.cost_usd(tokens),
        paid=True,
        model=card.name,
    )
