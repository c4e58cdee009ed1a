"""The ground under every table: naming of constraints, column types, the tenant column."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cloud.kit.ids import new_id

COLUMN_TYPES: dict[Any, Any] = {
    str: Text,
    bytes: LargeBinary,
    int: BigInteger,
    datetime: DateTime(timezone=True),
    UUID: Uuid,
    dict[str, Any]: JSONB,
    list[Any]: JSONB,
}


class Table(DeclarativeBase):
    """Base of every table. Times are timestamptz, text is unbounded, ids are time-ordered UUIDs."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = COLUMN_TYPES


class Identified:
    """A row with an id of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Owned:
    """A row of one organization. Row-level security shows it only to that organization's work."""

    organization_id: Mapped[UUID] = mapped_column()
