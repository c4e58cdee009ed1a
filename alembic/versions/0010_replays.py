"""Replays: what another wording would have said."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0010"
down_revision = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("against", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_cost_usd", sa.Numeric(16, 10), nullable=True),
        sa.Column("known_left_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_replays_device_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index(
        "ix_replays_device_id_version",
        "replays",
        ["device_id", "version", sa.literal_column("asked_at DESC")],
    )
    op.create_table(
        "replayed_captures",
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("capture_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_recent", sa.Boolean(), nullable=False),
        sa.Column("known", sa.Text(), nullable=True),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("reason_before", sa.Text(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_detail", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["replay_id"],
            ["replays.id"],
            name=op.f("fk_replayed_captures_replay_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["captures.id"],
            name=op.f("fk_replayed_captures_capture_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replayed_captures")),
    )
    op.create_index(
        "uq_replayed_captures_once", "replayed_captures", ["replay_id", "capture_id"], unique=True
    )
    op.create_index("ix_replayed_captures_capture_id", "replayed_captures", ["capture_id"])
    op.add_column("model_calls", sa.Column("replay_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_model_calls_replay_id",
        "model_calls",
        ["replay_id"],
        postgresql_where=sa.text("replay_id IS NOT NULL"),
    )
    open_table("replays", tenant_column="organization_id")
    open_table("replayed_captures", tenant_column="organization_id")


def downgrade() -> None:
    op.execute("DELETE FROM queued_work WHERE queue = 'replays'")
    op.drop_index("ix_model_calls_replay_id", table_name="model_calls")
    op.drop_column("model_calls", "replay_id")
    op.drop_index("ix_replayed_captures_capture_id", table_name="replayed_captures")
    op.drop_index("uq_replayed_captures_once", table_name="replayed_captures")
    op.drop_table("replayed_captures")
    op.drop_index("ix_replays_device_id_version", table_name="replays")
    op.drop_table("replays")
