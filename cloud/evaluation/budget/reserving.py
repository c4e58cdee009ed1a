"""Setting money aside before a call, so that processes side by side do not overshoot a budget.

The organization's row of the budget is locked while this is decided, so decisions come one after
the other, and each sees what those before it have set aside. What is set aside is the most that a
picture cost lately; it is given back in the transaction that enters the calls in the ledger. The
budget is so overshot at most by what the calls under way cost more than expected. After a crash the
capture is claimed again, and what was set aside for it is set anew.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from cloud.alerts.models import IncidentKind
from cloud.alerts.standing import find_unresolved
from cloud.devices.config import ClassifierName, EvaluationSection
from cloud.evaluation.budget.ladder import Step, costs_nothing, ease, narrow
from cloud.evaluation.budget.models import Budget, BudgetReservation
from cloud.evaluation.budget.refusing import budget_paused
from cloud.evaluation.budget.spending import ZERO, read_spending
from cloud.evaluation.classifier import ClassifierFailed
from cloud.evaluation.evaluate import Classifiers, choose_classifiers
from cloud.evaluation.models import ModelCall
from cloud.evaluation.registry import Tokens, find_card
from cloud.evaluation.scene.check import Scene
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.pipelines import Statement

LATELY = 200
"""How many of the organization's newest calls say what a picture costs."""

BEFORE_ANY = Tokens(total_in=5_000, out=1_000)
"""What a first picture is taken to cost."""


@dataclass(frozen=True)
class Allowance:
    """How one capture may be judged: at which step, by whom, and why not at all."""

    step: Step
    section: EvaluationSection
    refusal: ClassifierFailed | None = None


async def allow(
    work: OrganizationWork,
    scene: Scene,
    section: EvaluationSection,
    classifiers: Classifiers,
    *,
    by_hand: bool,
) -> Allowance:
    """What the budget allows, with the money set aside in this transaction."""
    if costs_nothing(section) or not await _lock_budget(work):
        return Allowance(Step.FULL, section)
    await work.execute(*releasing(work, scene.capture_id))
    spending = await read_spending(work, utc_now())
    incident = await find_unresolved(work, [scene.device_id], [IncidentKind.ABNORMAL])
    step = ease(spending.step, in_incident=bool(incident), by_hand=by_hand)
    narrowed = narrow(section, step)
    if costs_nothing(narrowed):
        return Allowance(Step.FULL, narrowed)
    if step is Step.PAUSED:
        return Allowance(step, narrowed, budget_paused(spending.month))
    await _set_aside(work, scene.capture_id, await _expect_cost(work, narrowed, classifiers))
    return Allowance(step, narrowed)


def releasing(work: OrganizationWork, capture_id: UUID) -> Statement:
    """What gives back what was set aside: its calls are in the ledger, or there will be none."""
    return RELEASE, {"organization_id": work.organization_id, "capture_id": capture_id}


async def _lock_budget(work: OrganizationWork) -> bool:
    """Whether there is a budget; if so, nobody else decides by it until this work ends."""
    locked = await work.scalar(LOCK_BUDGET, {"organization_id": work.organization_id})
    return locked is not None


async def _set_aside(work: OrganizationWork, capture_id: UUID, amount: Decimal) -> None:
    await work.execute(
        insert(BudgetReservation).values(
            organization_id=work.organization_id, capture_id=capture_id, amount_usd=amount
        )
    )


async def _expect_cost(
    work: OrganizationWork, section: EvaluationSection, classifiers: Classifiers
) -> Decimal:
    """The most that each classifier's pictures cost lately; a guess before there was any."""
    known = await _read_dearest(work)
    paid = [name for name in choose_classifiers(section) if name is not ClassifierName.BASELINE]
    return sum((known.get(name) or guess_cost(name, classifiers) for name in paid), start=ZERO)


async def _read_dearest(work: OrganizationWork) -> dict[str, Decimal]:
    newest = (
        select(ModelCall.classifier, ModelCall.capture_id, ModelCall.cost_usd)
        .where(ModelCall.organization_id == work.organization_id, ModelCall.capture_id.is_not(None))
        .order_by(ModelCall.at.desc())
        .limit(LATELY)
        .subquery()
    )
    pictures = (
        select(newest.c.classifier, func.sum(newest.c.cost_usd).label("cost"))
        .group_by(newest.c.classifier, newest.c.capture_id)
        .subquery()
    )
    rows = await work.execute(
        select(pictures.c.classifier, func.max(pictures.c.cost)).group_by(pictures.c.classifier)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def guess_cost(name: ClassifierName, classifiers: Classifiers) -> Decimal:
    """By the price list; 0 where that does not know the model, whose calls no budget can limit."""
    classifier = classifiers.get(name)
    card = find_card(name, classifier.model) if classifier else None
    return (card.cost_usd(BEFORE_ANY) if card else None) or ZERO


RELEASE = delete(BudgetReservation).where(
    BudgetReservation.organization_id == bindparam("organization_id"),
    BudgetReservation.capture_id == bindparam("capture_id"),
)

LOCK_BUDGET = (
    select(Budget.organization_id)
    .where(Budget.organization_id == bindparam("organization_id"))
    .with_for_update()
)
