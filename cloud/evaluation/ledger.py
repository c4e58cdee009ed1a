"""The ledger of model calls: one entry for each call that costs money, whatever came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from cloud.devices.config import ClassifierName
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
            classifier=str(said.classifier),
            outcome=str(said.state) if isinstance(said, Answer) else said.code,
            **_describe(usage, said.model),
        )
        for said in everything
        for usage in said.calls
        if usage.paid
    ]
    return _enter(work, calls)


def enter_draft(
    work: OrganizationWork,
    device_id: UUID,
    classifier: ClassifierName,
    usages: Sequence[Usage],
    outcome: str,
) -> Entered:
    """Enter the call that drafted a description. There is none where nobody was asked."""
    calls = [
        ModelCall(
            organization_id=work.organization_id,
            device_id=device_id,
            classifier=classifier,
            outcome=outcome,
            **_describe(usage, usage.model),
        )
        for usage in usages
    ]
    return _enter(work, calls)


def _enter(work: OrganizationWork, calls: Sequence[ModelCall]) -> Entered:
    work.session.add_all(calls)
    return Entered(len(calls), sum((call.cost_usd or ZERO for call in calls), start=ZERO))


def _describe(usage: Usage, model: str) -> dict[str, Any]:
    return {
        "model": usage.model or model,
        "latency_ms": usage.latency_ms,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "tokens_cached": usage.tokens_cached,
        "cost_usd": usage.cost_usd,
    }
