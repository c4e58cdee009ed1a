"""Tables of normal descriptions: what an operator called normal, version by version.

Beside them the organization's templates, from which a version of any camera may start.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class NormalDescription(Owned, Table):
    """One version. Text is never changed; the version in force is the last one activated."""

    __tablename__ = "normal_descriptions"

    device_id: Mapped[UUID] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    text: Mapped[str]
    files: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'::jsonb"))
    """The files that the text was put together from: `{name, text}`, in their order."""
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    created_by: Mapped[str]
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None]


class DescriptionTemplate(Identified, Owned, Table):
    """A text that any camera's description may start from. A version made of it is a copy."""

    __tablename__ = "description_templates"
    __table_args__ = (
        Index(
            "ix_description_templates_organization_id_created_at",
            "organization_id",
            sql("created_at DESC"),
            sql("id DESC"),
        ),
    )

    name: Mapped[str]
    text: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    created_by: Mapped[str]
