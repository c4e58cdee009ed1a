"""The tables of triggers, each one asking for a picture, and of schedules, the standing orders."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class TriggerKind(StrEnum):
    """What made us ask."""

    MANUAL = "manual"
    SCHEDULED = "scheduled"
    INPUT = "input"


class TriggerStatus(StrEnum):
    """What became of an asking."""

    QUEUED = "queued"
    SENT = "sent"
    EXECUTED = "executed"
    FAILED = "failed"
    EXPIRED = "expired"
    MISSED = "missed"


class Schedule(Identified, Owned, Table):
    """One standing order: by an interval or by a cron, never both."""

    __tablename__ = "schedules"
    __table_args__ = (Index("ix_schedules_device_id", "device_id"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    label: Mapped[str]
    enabled: Mapped[bool]
    interval_seconds: Mapped[int | None]
    cron: Mapped[str | None]
    time_zone: Mapped[str]
    active_hours: Mapped[list[Any]]
    """Windows as the API has them; it asks at any hour where there are none."""
    in_force_since: Mapped[datetime]
    """When its times were last changed, or it was switched on."""
    settled_until: Mapped[datetime]
    """Every moment up to here at which it was due was asked for or missed."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Trigger(Identified, Owned, Table):
    """One asking. What became of it is told by its command, which carries its id.

    A scheduled one that was missed has no command, and says why. Nor has one by the digital input,
    of which we hear by the picture: its id is that of the capture.
    """

    __tablename__ = "triggers"
    __table_args__ = (
        Index(
            "ix_triggers_device_id_requested_at",
            "device_id",
            text("requested_at DESC"),
            text("id DESC"),
        ),
        Index("ix_triggers_organization_id_requested_at", "organization_id", "requested_at"),
        Index("uq_triggers_schedule_id_due_at", "schedule_id", "due_at", unique=True),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    kind: Mapped[str]
    requested_by: Mapped[str | None]
    """The address of whoever asked."""
    requested_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    schedule_id: Mapped[UUID | None]
    """Its standing order, which may be gone by now."""
    due_at: Mapped[datetime | None]
    missed: Mapped[str | None]
    """Why nothing was asked when it was due."""
