"""Whether a camera's digital output is to show an open incident."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "devices",
        sa.Column("output_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    _show_open_incidents()


def downgrade() -> None:
    op.drop_column("devices", "output_on")


def _show_open_incidents() -> None:
    """The owner of a table that forces row security sees its rows only while it does not."""
    for table in ("devices", "incidents"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        UPDATE devices SET output_on = true
        FROM incidents
        WHERE incidents.device_id = devices.id AND incidents.state <> 'resolved'
          AND incidents.kind IN ('abnormal', 'scene_unusable')
        """
    )
    for table in ("devices", "incidents"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
