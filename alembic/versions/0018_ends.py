"""The tombstone of organizations, exports under way, and erasing the audit of what has ended."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.database import APP_ROLE
from cloud.kit.migrations import open_table

revision = "0018"
down_revision = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# The process may only add to the audit. What it may erase is the audit of the organization that it
# works for, once that has ended; the function sees no other, even where its owner could.
ERASE_AUDIT = """
CREATE FUNCTION erase_audit_of_ended_organization(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH ended AS (
    SELECT id FROM organizations
     WHERE id = nullif(current_setting('app.organization_id', true), '')::uuid
       AND deleted_at IS NOT NULL
  ), gone AS (
    DELETE FROM audit_entries WHERE id IN (
      SELECT audit_entries.id FROM audit_entries
        JOIN ended ON ended.id = audit_entries.organization_id LIMIT most
    ) RETURNING 1
  )
  SELECT count(*) FROM gone
$$
"""


def upgrade() -> None:
    op.add_column(
        "organizations", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "exports",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_exports")),
    )
    open_table("exports", tenant_column="organization_id")
    op.execute(ERASE_AUDIT)
    op.execute("REVOKE ALL ON FUNCTION erase_audit_of_ended_organization FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION erase_audit_of_ended_organization TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_audit_of_ended_organization")
    op.drop_table("exports")
    op.drop_column("organizations", "deleted_at")
