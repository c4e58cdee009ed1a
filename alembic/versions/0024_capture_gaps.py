"""What cameras numbered and lost: the captures that will never come, and why."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0024"
down_revision = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "capture_gaps",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("spool_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_capture_gaps_device_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_gaps")),
    )
    op.create_index(
        "uq_capture_gaps_first",
        "capture_gaps",
        ["device_id", "spool_id", "why", "first"],
        unique=True,
    )
    op.create_index(
        "ix_capture_gaps_device_id_heard_at",
        "capture_gaps",
        ["device_id", sa.text("heard_at DESC"), sa.text("id DESC")],
        unique=False,
    )
    open_table("capture_gaps", tenant_column="organization_id")


def downgrade() -> None:
    op.drop_table("capture_gaps")
