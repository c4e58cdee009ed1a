"""One lease for each process that carries command streams, instead of one for each stream."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0014"
down_revision = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "server_processes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_processes")),
    )
    open_table("server_processes", tenant_column=None)
    # Stays for the version before, whose processes may still write it while ours start.
    op.alter_column("command_streams", "alive_until", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM command_streams WHERE alive_until IS NULL")
    op.alter_column("command_streams", "alive_until", nullable=False)
    op.drop_table("server_processes")
