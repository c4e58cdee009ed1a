"""Costs to the last fraction that vendors bill, unknown where a price is; cached tokens."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COARSE, FINE = sa.Numeric(14, 8), sa.Numeric(16, 10)


def upgrade() -> None:
    op.add_column(
        "model_calls",
        sa.Column("tokens_cached", sa.Integer(), server_default="0", nullable=False),
    )
    op.alter_column("model_calls", "cost_usd", type_=FINE, nullable=True)
    op.alter_column("usage_days", "cost_usd", type_=FINE)


def downgrade() -> None:
    """A cost that is not known becomes 0, as it was before."""
    op.alter_column("usage_days", "cost_usd", type_=COARSE)
    op.execute("ALTER TABLE model_calls NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE model_calls SET cost_usd = 0 WHERE cost_usd IS NULL")
    op.execute("ALTER TABLE model_calls FORCE ROW LEVEL SECURITY")
    op.alter_column("model_calls", "cost_usd", type_=COARSE, nullable=False)
    op.drop_column("model_calls", "tokens_cached")
