"""Whether a camera hears its digital input is said by its configuration alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_column("schedules", "digital_input")


def downgrade() -> None:
    """It was never anything but false."""
    op.add_column(
        "schedules",
        sa.Column("digital_input", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("schedules", "digital_input", server_default=None)
