"""Snoozed cameras, and messages that are held back for a while."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    for name in ("held_until", "admitted_at"):
        op.add_column("deliveries", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("held_by", sa.Text(), nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_deliveries_held",
        "deliveries",
        ["organization_id"],
        postgresql_where=sa.text("status = 'pending' AND held_until IS NOT NULL"),
    )


def downgrade() -> None:
    """The release before has no word for what was withdrawn, and knows nothing of quiet hours."""
    _change_all("deliveries", "SET status = 'failed' WHERE status = 'withdrawn'")
    _change_all("notification_settings", "SET document = document - 'quiet_hours' - 'escalation'")
    op.drop_index("ix_deliveries_held", table_name="deliveries")
    for name in ("by_hand", "held_by", "admitted_at", "held_until"):
        op.drop_column("deliveries", name)
    op.drop_column("devices", "snoozed_until")


def _change_all(table: str, change: str) -> None:
    """The owner of a table that forces row security sees its rows only while it does not."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE {table} {change}")  # constants
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
