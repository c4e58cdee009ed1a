"""Tables of how verdicts came about: the ledger of model calls, the baseline's memory."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, Integer, Numeric, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class ModelCall(Identified, Owned, Table):
    """One call of a classifier that costs money, whatever came of it."""

    __tablename__ = "model_calls"
    __table_args__ = (
        Index("ix_model_calls_organization_id_at", "organization_id", "at"),
        Index(
            "ix_model_calls_replay_id", "replay_id", postgresql_where=text("replay_id IS NOT NULL")
        ),
    )

    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    device_id: Mapped[UUID]
    capture_id: Mapped[UUID | None]
    """None where no capture was judged: a draft of a description."""
    classifier: Mapped[str]
    model: Mapped[str]
    outcome: Mapped[str]
    """The state, or the code of the failure; of a draft also `drafted` and `refused`."""
    latency_ms: Mapped[int] = mapped_column(Integer)
    tokens_in: Mapped[int] = mapped_column(Integer)
    tokens_out: Mapped[int] = mapped_column(Integer)
    tokens_cached: Mapped[int] = mapped_column(Integer, server_default="0")
    """Part of `tokens_in`."""
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(16, 10))
    """None where the price is not known."""
    replay_id: Mapped[UUID | None]
    """The replay that it was made for; its verdict counts for nothing else."""


class SampledVerdict(Owned, Table):
    """A normal verdict that is in the random sample put before an operator."""

    __tablename__ = "sampled_verdicts"
    __table_args__ = (
        Index(
            "ix_sampled_verdicts_organization_id_sampled_at",
            "organization_id",
            text("sampled_at DESC"),
        ),
        Index("ix_sampled_verdicts_device_id_sampled_at", "device_id", "sampled_at"),
    )

    capture_id: Mapped[UUID] = mapped_column(
        ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True
    )
    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    sampled_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    rate: Mapped[float] = mapped_column(Float)
    """The share of normal verdicts that were sampled then, 0..1."""


class ReferenceSource(StrEnum):
    """Why a capture is in the baseline's memory: the operator's word, or a confident verdict."""

    DISPOSITION = "disposition"
    CONFIDENT = "confident"


class BaselineReference(Owned, Table):
    """What the baseline remembers of one normal capture: its features, packed."""

    __tablename__ = "baseline_references"

    device_id: Mapped[UUID] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    capture_id: Mapped[UUID] = mapped_column(
        ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[ReferenceSource] = mapped_column(Text)
    captured_at: Mapped[datetime]
    features: Mapped[bytes | None]
    """None where the operator called more captures normal than the memory has room for."""
    mask_version: Mapped[str] = mapped_column(server_default="")
    """Under which privacy masks the features were read; empty where there were none."""
