"""The table of triggers: each is one asking for a picture."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class TriggerKind(StrEnum):
    """What made us ask."""

    MANUAL = "manual"


class TriggerStatus(StrEnum):
    """What became of an asking."""

    QUEUED = "queued"
    SENT = "sent"
    EXECUTED = "executed"
    FAILED = "failed"
    EXPIRED = "expired"


class Trigger(Identified, Owned, Table):
    """One asking. What became of it is told by its command, which carries its id."""

    __tablename__ = "triggers"
    __table_args__ = (
        Index(
            "ix_triggers_device_id_requested_at",
            "device_id",
            text("requested_at DESC"),
            text("id DESC"),
        ),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    kind: Mapped[str]
    requested_by: Mapped[str | None]
    """The address of whoever asked."""
    requested_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
