"""Tables of incidents and of the messages that tell people of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

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


class DeliveryKind(StrEnum):
    OPENED = "opened"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    ESCALATED = "escalated"
    TEST = "test"
    DIGEST = "digest"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


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


class Delivery(Identified, Owned, Table):
    """One message to one recipient by one channel. Its id makes the stable Message-ID."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "uq_deliveries_once",
            "incident_id",
            "recipient",
            "channel",
            "kind",
            "ordinal",
            unique=True,
        ),
        Index(
            "ix_deliveries_organization_id_created_at",
            "organization_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
    )

    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"))
    kind: Mapped[DeliveryKind] = mapped_column(Text)
    channel: Mapped[str]
    recipient: Mapped[str]
    ordinal: Mapped[int] = mapped_column(Integer, server_default="0")
    """Which reminder; 0 for messages of which there is one."""
    status: Mapped[DeliveryStatus] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
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
