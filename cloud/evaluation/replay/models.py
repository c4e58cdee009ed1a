"""Tables of replays: which pictures are judged again by which version, and what came of each."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, Numeric, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.captures.models import DispositionVerdict, State
from cloud.kit.models import Identified, Owned, Table


class Replay(Identified, Owned, Table):
    """One run of a version over chosen pictures. How far it is, its rows say."""

    __tablename__ = "replays"
    __table_args__ = (
        Index("ix_replays_device_id_version", "device_id", "version", text("asked_at DESC")),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    version: Mapped[int]
    against: Mapped[int | None]
    """The version in force when it was asked for."""
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    stopped_at: Mapped[datetime | None]
    estimated_cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(16, 10))
    known_left_out: Mapped[int] = mapped_column(server_default="0")
    """Pictures with an operator's word that there was no room for."""


class ReplayedCapture(Identified, Owned, Table):
    """One picture of a replay: the verdict on record when it began, and what the version says.

    Its id is what is queued. `judged_at` is None while it waits.
    """

    __tablename__ = "replayed_captures"
    __table_args__ = (
        Index("uq_replayed_captures_once", "replay_id", "capture_id", unique=True),
        Index("ix_replayed_captures_capture_id", "capture_id"),
    )

    replay_id: Mapped[UUID] = mapped_column(ForeignKey("replays.id", ondelete="CASCADE"))
    capture_id: Mapped[UUID] = mapped_column(ForeignKey("captures.id", ondelete="CASCADE"))
    taken_at: Mapped[datetime]
    is_recent: Mapped[bool]
    """Whether it is one of an unbroken row of captures, from which incidents can be predicted."""
    known: Mapped[DispositionVerdict | None] = mapped_column(Text)
    state_before: Mapped[State | None] = mapped_column(Text)
    reason_before: Mapped[str | None]
    judged_at: Mapped[datetime | None]
    state: Mapped[State | None] = mapped_column(Text)
    score: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str | None]
    failure_code: Mapped[str | None]
    failure_detail: Mapped[str | None]
