"""The random sample of normal verdicts that is put before an operator."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0012"
down_revision = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sampled_verdicts",
        sa.Column("capture_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column(
            "sampled_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["captures.id"],
            name=op.f("fk_sampled_verdicts_capture_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_sampled_verdicts_device_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_sampled_verdicts")),
    )
    op.create_index(
        "ix_sampled_verdicts_organization_id_sampled_at",
        "sampled_verdicts",
        ["organization_id", sa.literal_column("sampled_at DESC")],
    )
    op.create_index(
        "ix_sampled_verdicts_device_id_sampled_at", "sampled_verdicts", ["device_id", "sampled_at"]
    )
    open_table("sampled_verdicts", tenant_column="organization_id")


def downgrade() -> None:
    op.drop_index("ix_sampled_verdicts_device_id_sampled_at", table_name="sampled_verdicts")
    op.drop_index("ix_sampled_verdicts_organization_id_sampled_at", table_name="sampled_verdicts")
    op.drop_table("sampled_verdicts")
