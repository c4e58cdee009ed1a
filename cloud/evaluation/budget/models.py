"""Tables of what may be spent: a limit for each organization, and what is about to be spent."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Owned, Table


class Budget(Owned, Table):
    """How much an organization may spend in a calendar month. Without a row there is no limit."""

    __tablename__ = "budgets"

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    monthly_usd: Mapped[Decimal] = mapped_column(Numeric(12, 2))


class BudgetReservation(Owned, Table):
    """What judging a capture is expected to cost, until its calls are in the ledger."""

    __tablename__ = "budget_reservations"
    __table_args__ = (Index("ix_budget_reservations_organization_id", "organization_id"),)

    capture_id: Mapped[UUID] = mapped_column(
        ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True
    )
    amount_usd: Mapped[Decimal] = mapped_column(Numeric(16, 10))
