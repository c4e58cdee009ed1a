"""Who painted a capture's privacy masks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A column that may be empty: nothing of what is there is rewritten."""
    op.add_column("captures", sa.Column("privacy", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("captures", "privacy")
