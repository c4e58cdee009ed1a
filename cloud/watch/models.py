"""The table of when each camera began and ceased to be watched."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table
from cloud.watch.truth import Watching, WatchReason


class WatchingChange(Identified, Owned, Table):
    """From `since` on it was so, until the next row of the same camera."""

    __tablename__ = "watching_changes"
    __table_args__ = (Index("ix_watching_changes_device_id_id", "device_id", text("id DESC")),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    state: Mapped[Watching] = mapped_column(Text)
    code: Mapped[WatchReason] = mapped_column(Text)
    reason: Mapped[str]
    since: Mapped[datetime]
