"""Messages beyond the most of an hour, gathered into one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("gathered_into", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deliveries_gathered_into"),
        "deliveries",
        "deliveries",
        ["gathered_into"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_deliveries_gathered_into",
        "deliveries",
        ["gathered_into"],
        postgresql_where=sa.text("gathered_into IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_recipient_id_admitted_at", "deliveries", ["recipient_id", "admitted_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_recipient_id_admitted_at", table_name="deliveries")
    op.drop_index("ix_deliveries_gathered_into", table_name="deliveries")
    op.drop_constraint(op.f("fk_deliveries_gathered_into"), "deliveries", type_="foreignkey")
    op.drop_column("deliveries", "gathered_into")
