"""What an organization may spend in a month, and what is set aside for calls under way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0013"
down_revision = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("monthly_usd", sa.Numeric(12, 2), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_budgets_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_budgets")),
    )
    op.create_table(
        "budget_reservations",
        sa.Column("capture_id", sa.Uuid(), nullable=False),
        sa.Column("amount_usd", sa.Numeric(16, 10), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["captures.id"],
            name=op.f("fk_budget_reservations_capture_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_budget_reservations")),
    )
    op.create_index(
        "ix_budget_reservations_organization_id", "budget_reservations", ["organization_id"]
    )
    op.create_index("ix_usage_days_organization_id_day", "usage_days", ["organization_id", "day"])
    open_table("budgets", tenant_column="organization_id")
    open_table("budget_reservations", tenant_column="organization_id")


def downgrade() -> None:
    op.drop_index("ix_usage_days_organization_id_day", table_name="usage_days")
    op.drop_index("ix_budget_reservations_organization_id", table_name="budget_reservations")
    op.drop_table("budget_reservations")
    op.drop_table("budgets")
