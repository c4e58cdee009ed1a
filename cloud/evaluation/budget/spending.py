"""What an organization has spent this month, and is about to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from cloud.accounts.models import Organization
from cloud.captures.models import UsageDay
from cloud.evaluation.budget.ladder import Step, find_step
from cloud.evaluation.budget.models import Budget, BudgetReservation
from cloud.evaluation.budget.months import Month
from cloud.kit.database import OrganizationWork

ZERO = Decimal(0)


@dataclass(frozen=True)
class Spending:
    """A month's money, in US dollars. `reserved_usd` is what calls under way may come to."""

    month: Month
    monthly_usd: Decimal | None
    spent_usd: Decimal
    reserved_usd: Decimal

    @property
    def step(self) -> Step:
        return find_step(self.spent_usd + self.reserved_usd, self.monthly_usd)

    @property
    def standing(self) -> Step:
        """By what is spent alone: the step that is shown, which does not flicker with the calls."""
        return find_step(self.spent_usd, self.monthly_usd)

    def as_document(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "monthly_usd": self.monthly_usd,
            "spent_usd": self.spent_usd,
            "step": self.standing,
            "month": f"{self.month.first:%Y-%m}",
            "resets_at": self.month.next_begins_at,
        }


async def read_spending(work: OrganizationWork, now: datetime) -> Spending:
    """What is spent and reserved.

    One statement reads both: so nothing is missed that goes from one to the other meanwhile.
    """
    month = Month.of(now, await read_time_zone(work))
    monthly = select(Budget.monthly_usd).where(Budget.organization_id == work.organization_id)
    spent = select(func.coalesce(func.sum(UsageDay.cost_usd), ZERO)).where(
        UsageDay.organization_id == work.organization_id, UsageDay.day >= month.first
    )
    reserved = select(func.coalesce(func.sum(BudgetReservation.amount_usd), ZERO)).where(
        BudgetReservation.organization_id == work.organization_id
    )
    row = await work.execute(
        select(monthly.scalar_subquery(), spent.scalar_subquery(), reserved.scalar_subquery())
    )
    return Spending(month, *row.one())


async def read_time_zone(work: OrganizationWork) -> str:
    """The zone in which the organization's days and months begin."""
    zone: str | None = await work.scalar(
        select(Organization.time_zone).where(Organization.id == work.organization_id)
    )
    return zone or "UTC"
