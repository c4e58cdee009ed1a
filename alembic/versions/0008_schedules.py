"""Schedules, and what their triggers say of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cloud.kit.migrations import open_table

revision = "0008"
down_revision = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("interval_seconds", sa.BigInteger(), nullable=True),
        sa.Column("cron", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("active_hours", postgresql.JSONB(), nullable=False),
        sa.Column("digital_input", sa.Boolean(), nullable=False),
        sa.Column("in_force_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_schedules_device_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_index("ix_schedules_device_id", "schedules", ["device_id"], unique=False)
    open_table("schedules", tenant_column="organization_id")
    op.add_column(
        "devices",
        sa.Column("scheduled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("triggers", sa.Column("schedule_id", sa.Uuid(), nullable=True))
    op.add_column("triggers", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("triggers", sa.Column("missed", sa.Text(), nullable=True))
    op.create_index(
        "ix_triggers_organization_id_requested_at",
        "triggers",
        ["organization_id", "requested_at"],
        unique=False,
    )
    op.create_index(
        "uq_triggers_schedule_id_due_at", "triggers", ["schedule_id", "due_at"], unique=True
    )


def downgrade() -> None:
    op.execute("DELETE FROM queued_work WHERE queue = 'schedules'")
    op.drop_index("uq_triggers_schedule_id_due_at", table_name="triggers")
    op.drop_index("ix_triggers_organization_id_requested_at", table_name="triggers")
    op.drop_column("triggers", "missed")
    op.drop_column("triggers", "due_at")
    op.drop_column("triggers", "schedule_id")
    op.drop_column("devices", "scheduled")
    op.drop_table("schedules")
