"""The ledger of model calls: one entry for each call that costs money, whatever came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

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


@dataclass(frozen=True)
class Spent:
    """Calls that were paid for, what they cost as far as is known, and how many have no price."""

    calls: int = 0
    cost_usd: Decimal = ZERO
    unpriced: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.calls + other.calls,
            self.cost_usd + other.cost_usd,
            self.unpriced + other.unpriced,
        )


async def add_up_calls(work: OrganizationWork, begin: datetime, end: datetime) -> dict[UUID, Spent]:
    """What was spent after `begin` and until `end`, by the id of the camera's row."""
    rows = await work.execute(
        select(
            ModelCall.device_id,
            func.count(),
            func.coalesce(func.sum(ModelCall.cost_usd), ZERO),
            func.count().filter(ModelCall.cost_usd.is_(None)),
        )
        .where(
            ModelCall.organization_id == work.organization_id,
            ModelCall.at > begin,
            ModelCall.at <= end,
        )
        .group_by(ModelCall.device_id)
    )
    return {row[0]: Spent(*row[1:]) for row in rows}


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
