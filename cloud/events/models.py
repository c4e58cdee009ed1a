"""Tables of the organization's numbered news."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Table


class EventCounter(Table):
    """The last number given. Locked by whoever appends, so commit order is number order."""

    __tablename__ = "event_counters"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_seq: Mapped[int]


class Event(Table):
    """One piece of news, as it was told."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_created_at", "created_at"),)

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    device_id: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
