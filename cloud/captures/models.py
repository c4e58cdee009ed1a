"""Tables of pictures, their verdicts, and what was used of everything."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Float, ForeignKey, Index, Integer, Numeric, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class EvaluationStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class State(StrEnum):
    """What a verdict says. There is no default."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNCERTAIN = "uncertain"


SCENE_UNUSABLE = "scene_unusable: "
"""How the reason begins of an uncertain verdict on a picture that nobody could judge."""


class DispositionVerdict(StrEnum):
    """The operator's word on a verdict."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNCLEAR = "unclear"


class Capture(Identified, Owned, Table):
    """One picture and what became of it."""

    __tablename__ = "captures"
    __table_args__ = (
        Index(
            "idx_captures_org_device_captured",
            "organization_id",
            "device_id",
            text("captured_at DESC"),
            text("id DESC"),
        ),
        Index(
            "idx_captures_org_date", "organization_id", text("captured_at DESC"), text("id DESC")
        ),
        Index(
            "idx_captures_evaluation_status",
            "organization_id",
            "evaluation_status",
            text("captured_at DESC"),
            text("id DESC"),
        ),
        Index(
            "idx_captures_state",
            "organization_id",
            "state",
            text("captured_at DESC"),
            text("id DESC"),
        ),
        Index(
            "idx_captures_disposition",
            "device_id",
            "disposition",
            text("captured_at DESC"),
            postgresql_where=text("disposition IS NOT NULL"),
        ),
        Index(
            "ix_captures_verdicts",
            "device_id",
            text("least(captured_at, received_at)"),
            "id",
            postgresql_where=text("state IS NOT NULL"),
        ),
        Index(
            "ix_captures_normal",
            "device_id",
            text("captured_at DESC"),
            text("id DESC"),
            postgresql_where=text("state = 'normal'"),
        ),
        Index("uq_captures_sequence", "device_id", "spool_id", "sequence", unique=True),
        Index("uq_captures_idempotency_key", "device_id", "idempotency_key", unique=True),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    unit_id: Mapped[str]
    """The `device_id` that the outside knows."""
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    clock_suspect: Mapped[bool] = mapped_column(server_default=text("false"))
    spool_id: Mapped[str | None]
    sequence: Mapped[int | None]
    idempotency_key: Mapped[str | None]
    trigger_id: Mapped[str | None]
    trigger_label: Mapped[str | None]
    capture_metadata: Mapped[dict[str, Any]] = mapped_column(
        "metadata", JSONB, server_default=text("'{}'::jsonb")
    )
    timing: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    sha256: Mapped[str]
    """Of the upload as it was received."""
    bytes: Mapped[int]
    etag: Mapped[str]
    """SHA-256 of the picture as it is stored."""
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    phash: Mapped[int]
    image_stored: Mapped[bool] = mapped_column(server_default=text("true"))
    privacy: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Who painted its privacy masks, how many, and which; none where there were none."""

    evaluation_status: Mapped[EvaluationStatus] = mapped_column(Text, server_default="pending")
    evaluated_at: Mapped[datetime | None]
    state: Mapped[State | None] = mapped_column(Text)
    score: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str | None]
    evidence: Mapped[dict[str, Any] | None]
    agents: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    reused_from: Mapped[UUID | None]
    description_version: Mapped[int | None] = mapped_column(Integer)
    failure_code: Mapped[str | None]
    failure_detail: Mapped[str | None]

    disposition: Mapped[DispositionVerdict | None] = mapped_column(Text)
    disposition_note: Mapped[str | None]
    disposition_by: Mapped[str | None]
    disposition_at: Mapped[datetime | None]

    deleted_at: Mapped[datetime | None]
    """Tombstone: hidden from everyone, its files about to go."""


class UsageDay(Owned, Table):
    """What one device used on one day, as its organization's time zone has it."""

    __tablename__ = "usage_days"
    __table_args__ = (Index("ix_usage_days_organization_id_day", "organization_id", "day"),)

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    captures: Mapped[int] = mapped_column(server_default="0")
    evaluations: Mapped[int] = mapped_column(server_default="0")
    ai_calls: Mapped[int] = mapped_column(server_default="0")
    reused: Mapped[int] = mapped_column(server_default="0")
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(16, 10), server_default="0")
