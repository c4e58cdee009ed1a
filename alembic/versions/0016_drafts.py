"""Calls in the ledger that judge no capture: drafts of descriptions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.alter_column("model_calls", "capture_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    """What was paid stays in the ledger, with an id that is no capture's."""
    op.execute(
        "UPDATE model_calls SET capture_id = '00000000-0000-0000-0000-000000000000'"
        " WHERE capture_id IS NULL"
    )
    op.alter_column("model_calls", "capture_id", existing_type=sa.Uuid(), nullable=False)
