"""The ledger of model calls: one entry for each call that costs money, whatever came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from cloud.captures.usage import counting
from cloud.devices.config import ClassifierName
from cloud.evaluation.classifier import Answer, ClassifierFailed, Usage
from cloud.evaluation.evaluate import Outcome
from cloud.evaluation.models import ModelCall
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.pipelines import Statement

ZERO = Decimal(0)


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


def entering_calls(
    work: OrganizationWork,
    device_id: UUID,
    capture_id: UUID,
    outcome: Outcome,
    *,
    replay_id: UUID | None = None,
    evaluations: int = 0,
    reused: int = 0,
) -> list[Statement]:
    """What enters every paid call of an outcome in the ledger, and the sums in the usage.

    `evaluations` and `reused` are verdicts, to be counted along.
    """
    everything: list[Answer | ClassifierFailed] = [*outcome.answers, *outcome.failures]
    whose = {"device_id": device_id, "capture_id": capture_id, "replay_id": replay_id}
    calls = [
        {
            **whose,
            "classifier": str(said.classifier),
            "outcome": str(said.state) if isinstance(said, Answer) else said.code,
            **_describe(usage, said.model),
        }
        for said in everything
        for usage in said.calls
        if usage.paid
    ]
    return _entering(work, device_id, calls, evaluations=evaluations, reused=reused)


def entering_draft(
    work: OrganizationWork,
    device_id: UUID,
    classifier: ClassifierName,
    usages: Sequence[Usage],
    outcome: str,
) -> list[Statement]:
    """What enters the call that drafted a description. There is none where nobody was asked."""
    draft = {"device_id": device_id, "classifier": str(classifier), "outcome": outcome}
    return _entering(work, device_id, [draft | _describe(each, each.model) for each in usages])


def _entering(
    work: OrganizationWork,
    device_id: UUID,
    calls: Sequence[dict[str, Any]],
    *,
    evaluations: int = 0,
    reused: int = 0,
) -> list[Statement]:
    entries: list[Statement] = [
        (INSERT, {"id": new_id(), "organization_id": work.organization_id, **call})
        for call in calls
    ]
    counted = counting(
        work,
        device_id,
        evaluations=evaluations,
        reused=reused,
        ai_calls=len(calls),
        cost_usd=sum((call["cost_usd"] or ZERO for call in calls), start=ZERO),
    )
    return [*entries, counted]


def _describe(usage: Usage, model: str) -> dict[str, Any]:
    return {
        "model": usage.model or model,
        "latency_ms": usage.latency_ms,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "tokens_cached": usage.tokens_cached,
        "cost_usd": usage.cost_usd,
    }


INSERT = insert(ModelCall.metadata.tables[ModelCall.__tablename__])
