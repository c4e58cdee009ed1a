"""Under which privacy masks the baseline has read a reference."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # Those read under masks until now are read once more: they count as read without any.
    op.add_column(
        "baseline_references",
        sa.Column("mask_version", sa.Text(), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("baseline_references", "mask_version")
