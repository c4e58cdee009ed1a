"""When each camera began and ceased to be watched."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0003"
down_revision = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the table, and have every camera that is there looked at."""
    op.create_table(
        "watching_changes",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_watching_changes_device_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watching_changes")),
    )
    op.create_index(
        "ix_watching_changes_device_id_id",
        "watching_changes",
        ["device_id", sa.literal_column("id DESC")],
        unique=False,
    )
    open_table("watching_changes", tenant_column="organization_id")
    _ask_for_looks()


def downgrade() -> None:
    op.execute("DELETE FROM queued_work WHERE queue = 'watching'")
    op.drop_index("ix_watching_changes_device_id_id", table_name="watching_changes")
    op.drop_table("watching_changes")


def _ask_for_looks() -> None:
    """The owner of a table that forces row security sees its rows only while it does not."""
    op.execute("ALTER TABLE devices NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        INSERT INTO queued_work (queue, id, organization_id, due_at)
        SELECT 'watching', id, organization_id, clock_timestamp()
        FROM devices WHERE released_at IS NULL
        """
    )
    op.execute("ALTER TABLE devices FORCE ROW LEVEL SECURITY")
