"""The table of normal descriptions: what an operator called normal, version by version."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Owned, Table


class NormalDescription(Owned, Table):
    """One version. Text is never changed; the version in force is the last one activated."""

    __tablename__ = "normal_descriptions"

    device_id: Mapped[UUID] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    text: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    created_by: Mapped[str]
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None]
