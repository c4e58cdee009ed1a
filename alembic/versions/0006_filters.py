"""The newest normal captures of a camera, found at once however many others came since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_captures_normal",
        "captures",
        ["device_id", sa.literal_column("captured_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=sa.text("state = 'normal'"),
    )


def downgrade() -> None:
    op.drop_index("ix_captures_normal", table_name="captures")
