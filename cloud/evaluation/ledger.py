"""The ledger of model calls: one entry for each call that costs money, whatever came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from cloud.evaluation.classifier import Answer, ClassifierFailed, Usage
from cloud.evaluation.models import ModelCall
from cloud.kit.database import OrganizationWork

ZERO = Decimal(0)


@dataclass(frozen=True)
class Entered:
    """How many calls were entered, and their known cost."""

    count: int
    cost_usd: Decimal


def enter_calls(
    work: OrganizationWork,
    device_id: UUID,
    capture_id: UUID,
    answers: Sequence[Answer],
    failures: Sequence[ClassifierFailed],
    *,
    replay_id: UUID | None = None,
) -> Entered:
    """Enter every paid call behind these answers and failures."""
    everything: list[Answer | ClassifierFailed] = [*answers, *failures]
    calls = [
        ModelCall(
            organization_id=work.organization_id,
            device_id=device_id,
            capture_id=capture_id,
            replay_id=replay_id,
            **_describe(said, usage),
        )
        for said in everything
        for usage in said.calls
        if usage.paid
    ]
    work.session.add_all(calls)
    return Entered(len(calls), sum((call.cost_usd or ZERO for call in calls), start=ZERO))


def _describe(said: Answer | ClassifierFailed, usage: Usage) -> dict[str, Any]:
    return {
        "classifier": str(said.classifier),
        "model": usage.model or said.model,
        "outcome": str(said.state) if isinstance(said, Answer) else said.code,
        "latency_ms": usage.latency_ms,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "tokens_cached": usage.tokens_cached,
        "cost_usd": usage.cost_usd,
    }
