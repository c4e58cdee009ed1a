"""The daily digests of organizations, and the messages that tell of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cloud.kit.migrations import open_table

revision = "0019"
down_revision = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
    )
    op.create_index("uq_digests_day", "digests", ["organization_id", "day"], unique=True)
    op.add_column("deliveries", sa.Column("digest_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deliveries_digest_id"),
        "deliveries",
        "digests",
        ["digest_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        "uq_deliveries_digest", "deliveries", ["digest_id", "recipient_id"], unique=True
    )
    open_table("digests", tenant_column="organization_id")


def downgrade() -> None:
    """The release before knows neither digests nor the choice of them."""
    _change_all("deliveries", "DELETE FROM deliveries WHERE digest_id IS NOT NULL")
    _change_all(
        "notification_settings",
        "UPDATE notification_settings SET document = document - 'daily_digest'",
    )
    op.drop_index("uq_deliveries_digest", table_name="deliveries")
    op.drop_constraint(op.f("fk_deliveries_digest_id"), "deliveries", type_="foreignkey")
    op.drop_column("deliveries", "digest_id")
    op.drop_table("digests")


def _change_all(table: str, statement: str) -> None:
    """The owner of a table that forces row security sees its rows only while it does not."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
