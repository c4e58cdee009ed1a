"""Who is told by which channel, as rows; links in mails that are good once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from cloud.kit.migrations import open_table

revision = "0011"
down_revision = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TOUCHED = ("deliveries", "notification_settings", "recipients")


def upgrade() -> None:
    """Make the tables; whoever was told so far goes on being told."""
    _make_recipients()
    _make_mailed_links()
    op.add_column("deliveries", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.add_column("deliveries", sa.Column("recipient_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deliveries_device_id"),
        "deliveries",
        "devices",
        ["device_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_deliveries_recipient_id"),
        "deliveries",
        "recipients",
        ["recipient_id"],
        ["id"],
        ondelete="SET NULL",
    )
    _see_all_rows(UPGRADES)
    op.drop_index("uq_deliveries_once", table_name="deliveries")
    op.create_index(
        "uq_deliveries_once",
        "deliveries",
        ["incident_id", "recipient_id", "kind", "ordinal"],
        unique=True,
    )


def downgrade() -> None:
    """Only e-mail remains of who is told."""
    _see_all_rows(DOWNGRADES)
    op.drop_index("uq_deliveries_once", table_name="deliveries")
    op.create_index(
        "uq_deliveries_once",
        "deliveries",
        ["incident_id", "recipient", "channel", "kind", "ordinal"],
        unique=True,
    )
    op.drop_constraint(op.f("fk_deliveries_recipient_id"), "deliveries", type_="foreignkey")
    op.drop_constraint(op.f("fk_deliveries_device_id"), "deliveries", type_="foreignkey")
    op.drop_column("deliveries", "recipient_id")
    op.drop_column("deliveries", "device_id")
    op.drop_table("mailed_links")
    op.drop_table("recipients")


def _make_recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("sealed_address", sa.Text(), nullable=True),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("sealed_earlier_secret", sa.Text(), nullable=True),
        sa.Column("earlier_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
    )
    op.create_index(
        "uq_recipients_address",
        "recipients",
        ["organization_id", "channel", "fingerprint"],
        unique=True,
    )
    open_table("recipients", tenant_column="organization_id")


def _make_mailed_links() -> None:
    op.create_table(
        "mailed_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_mailed_links")),
    )
    op.create_index(op.f("ix_mailed_links_expires_at"), "mailed_links", ["expires_at"])
    open_table("mailed_links", tenant_column=None)


UPGRADES = (
    """
    INSERT INTO recipients (id, organization_id, channel, fingerprint, shown, confirmed_at)
    SELECT gen_random_uuid(), organization_id, 'email',
           encode(sha256(convert_to(address, 'UTF8')), 'hex'), address, clock_timestamp()
    FROM (
      SELECT organization_id, recipient AS address FROM deliveries
      UNION
      SELECT organization_id, channel ->> 'to'
      FROM notification_settings, jsonb_array_elements(document -> 'channels') AS channel
    ) AS told
    """,
    """
    UPDATE deliveries SET recipient_id = recipients.id FROM recipients
    WHERE recipients.organization_id = deliveries.organization_id
      AND recipients.shown = deliveries.recipient
    """,
    """
    UPDATE notification_settings SET document = document || jsonb_build_object('channels', (
      SELECT coalesce(jsonb_agg(recipients.id ORDER BY place), '[]')
      FROM jsonb_array_elements(document -> 'channels') WITH ORDINALITY AS each (chosen, place)
      JOIN recipients ON recipients.organization_id = notification_settings.organization_id
        AND recipients.shown = chosen ->> 'to'
    )) WHERE document ? 'channels'
    """,
)

DOWNGRADES = (
    """
    UPDATE notification_settings SET document = document || jsonb_build_object('channels', (
      SELECT coalesce(jsonb_agg(
        jsonb_build_object('kind', 'email', 'to', recipients.shown) ORDER BY place), '[]')
      FROM jsonb_array_elements_text(document -> 'channels') WITH ORDINALITY AS each (chosen, place)
      JOIN recipients ON recipients.id = chosen::uuid AND recipients.channel = 'email'
    )) WHERE document ? 'channels'
    """,
    "DELETE FROM deliveries WHERE channel <> 'email' OR kind = 'confirmation'",
)


def _see_all_rows(statements: Sequence[str]) -> None:
    """The owner of a table that forces row security sees its rows only while it does not."""
    for table in TOUCHED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in statements:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
