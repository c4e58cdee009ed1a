"""Tables of incidents and of the messages that tell people of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Integer, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.channels.channel import ChannelKind
from cloud.kit.models import Identified, Owned, Table


class IncidentKind(StrEnum):
    ABNORMAL = "abnormal"
    OFFLINE = "offline"
    SCENE_UNUSABLE = "scene_unusable"
    AI_FAILING = "ai_failing"
    BUDGET = "budget"


class IncidentState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class ResolvedAs(StrEnum):
    RECOVERED = "recovered"
    REAL = "real"
    FALSE_ALARM = "false_alarm"
    RELEASED = "released"
    """Its camera was released."""
    PAUSED = "paused"
    """Its camera was paused: nothing is expected of it."""
    INTERVAL_OFF = "interval_off"
    """Its interval was switched off: no picture is expected of it."""
    TRIAL_ENDED = "trial_ended"


class DeliveryKind(StrEnum):
    OPENED = "opened"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    ESCALATED = "escalated"
    TEST = "test"
    DIGEST = "digest"
    CONFIRMATION = "confirmation"
    """Asks whoever reads the address whether they want these messages."""


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """It was held back, and when it could go there was nothing to tell any more."""


class HeldBy(StrEnum):
    """What keeps a message from being sent for a while."""

    SNOOZE = "snooze"
    QUIET_HOURS = "quiet_hours"
    HOURLY_CAP = "hourly_cap"


class Incident(Identified, Owned, Table):
    """Something that is not as it should be, from the first capture that says so to its end."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "uq_incidents_unresolved",
            "device_id",
            "kind",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index(
            "ix_incidents_organization_id_opened_at",
            "organization_id",
            text("opened_at DESC"),
            text("id DESC"),
        ),
        Index("ix_incidents_device_id_opened_at", "device_id", "opened_at"),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    unit_id: Mapped[str]
    kind: Mapped[IncidentKind] = mapped_column(Text)
    state: Mapped[IncidentState] = mapped_column(Text, server_default="open")
    opened_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolved_as: Mapped[ResolvedAs | None] = mapped_column(Text)
    note: Mapped[str | None]
    captures_count: Mapped[int] = mapped_column(server_default="0")
    normal_in_a_row: Mapped[int] = mapped_column(server_default="0")
    first_capture_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("captures.id", ondelete="SET NULL")
    )
    latest_capture_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("captures.id", ondelete="SET NULL")
    )


class IncidentCapture(Owned, Table):
    """A capture that belongs to an incident."""

    __tablename__ = "incident_captures"
    __table_args__ = (Index("ix_incident_captures_capture_id", "capture_id"),)

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    )
    capture_id: Mapped[UUID] = mapped_column(
        ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True
    )


class Recipient(Identified, Owned, Table):
    """Where messages of an organization go: a mailbox, a webhook, a room of a chat service.

    URLs may hold secrets: they are sealed, and `shown` is what people see of them. An e-mail
    address is only `shown`.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        Index("uq_recipients_address", "organization_id", "channel", "fingerprint", unique=True),
    )

    channel: Mapped[ChannelKind] = mapped_column(Text)
    fingerprint: Mapped[str]
    """SHA-256 of the address, by which it is found again."""
    shown: Mapped[str]
    sealed_address: Mapped[str | None]
    sealed_secret: Mapped[str | None]
    sealed_earlier_secret: Mapped[str | None]
    """Signs as well until `earlier_secret_until`, so that a receiver may change it in peace."""
    earlier_secret_until: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """When it was known that its owner wants these messages; None while that is asked."""
    unsubscribed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Digest(Identified, Owned, Table):
    """What an organization was told of one of its days; `document` is what a program gets."""

    __tablename__ = "digests"
    __table_args__ = (Index("uq_digests_day", "organization_id", "day", unique=True),)

    day: Mapped[date] = mapped_column(Date)
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Delivery(Identified, Owned, Table):
    """One message to one recipient by one channel. Its id makes the stable Message-ID."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "uq_deliveries_once",
            "incident_id",
            "recipient_id",
            "kind",
            "ordinal",
            unique=True,
        ),
        Index("uq_deliveries_digest", "digest_id", "recipient_id", unique=True),
        Index(
            "ix_deliveries_organization_id_created_at",
            "organization_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
        Index(
            "ix_deliveries_held",
            "organization_id",
            postgresql_where=text("status = 'pending' AND held_until IS NOT NULL"),
        ),
        Index("ix_deliveries_recipient_id_admitted_at", "recipient_id", "admitted_at"),
        Index(
            "ix_deliveries_gathered_into",
            "gathered_into",
            postgresql_where=text("gathered_into IS NOT NULL"),
        ),
    )

    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    """The camera that a test is about; an incident knows its own."""
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("digests.id", ondelete="CASCADE"))
    kind: Mapped[DeliveryKind] = mapped_column(Text)
    channel: Mapped[ChannelKind] = mapped_column(Text)
    recipient: Mapped[str]
    """What people see of it; it outlives the recipient's row."""
    recipient_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("recipients.id", ondelete="SET NULL")
    )
    ordinal: Mapped[int] = mapped_column(Integer, server_default="0")
    """Which reminder; 0 for messages of which there is one."""
    status: Mapped[DeliveryStatus] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_answer: Mapped[str | None]
    by_hand: Mapped[bool] = mapped_column(server_default=text("false"))
    """Somebody asked for it just now: nothing holds it back."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    held_until: Mapped[datetime | None]
    """When it may go, or could go, after it was held back."""
    held_by: Mapped[HeldBy | None] = mapped_column(Text)
    gathered_into: Mapped[UUID | None] = mapped_column(
        ForeignKey("deliveries.id", ondelete="SET NULL")
    )
    """The digest in which it is told, where too many came in an hour."""
    admitted_at: Mapped[datetime | None]
    """When it was let out to be sent; it may have taken several attempts from there."""
    sent_at: Mapped[datetime | None]


class NotificationSettings(Owned, Identified, Table):
    """Who is told, how, and how often: one document organization-wide, or for one device."""

    __tablename__ = "notification_settings"
    __table_args__ = (
        Index(
            "uq_notification_settings_scope",
            "organization_id",
            "device_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    document: Mapped[dict[str, Any]]


class MailedAction(StrEnum):
    """What somebody may do by a link in a mail, without signing in."""

    ACKNOWLEDGE = "acknowledge"
    FALSE_ALARM = "false-alarm"
    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"


class MailedLink(Table):
    """A link that was mailed: good once, for one thing. Ids and a hash, read by a stranger."""

    __tablename__ = "mailed_links"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    action: Mapped[MailedAction] = mapped_column(Text)
    recipient_id: Mapped[UUID]
    incident_id: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
