"""Tables of units, devices and codes.

A unit is what we made: its printed id, no organization's. A device is a unit activated in one
organization; it ends on release, and the unit's next activation is another device. To the outside
`device_id` is the unit's id.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table
from device.wire import LossReason


class DeviceStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class BenefitType(StrEnum):
    """What an activation code gives."""

    DEVICE_SLOTS = "device_slots"
    FREE_MONTHS = "free_months"
    TRIAL_EXTENSION = "trial_extension"


class CommandStatus(StrEnum):
    """How far a command has come. The last three are its ends."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class Unit(Table):
    """A camera as it was made. `organization_id` is whose it is now: without content, no RLS."""

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_made_at", text("made_at DESC"), text("id DESC")),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    batch_id: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_by: Mapped[UUID | None]
    organization_id: Mapped[UUID | None]


class Device(Identified, Owned, Table):
    """A unit activated in one organization, and what it last said of itself."""

    __tablename__ = "devices"
    __table_args__ = (
        Index("idx_devices_org", "organization_id"),
        Index(
            "uq_devices_active_unit",
            "unit_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    friendly_name: Mapped[str]
    status: Mapped[DeviceStatus] = mapped_column(Text, server_default="active")
    status_changed_at: Mapped[datetime | None]
    location: Mapped[str | None]
    activated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    activated_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
    config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Only what the operator changed; defaults are filled in when read."""
    config_version: Mapped[int] = mapped_column(server_default="1")
    last_seen_at: Mapped[datetime | None]
    last_ip: Mapped[str | None]
    device_version: Mapped[str | None]
    heartbeat: Mapped[dict[str, Any] | None]
    """The last heartbeat as it came, its times by our clock."""
    announced_online: Mapped[bool] = mapped_column(server_default=text("false"))
    """What the last `device.presence` event said."""
    last_captured_at: Mapped[datetime | None]
    output_on: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its digital output, if the operator has switched that on, shows an open incident."""
    command_seq: Mapped[int] = mapped_column(server_default="0")
    """The number of its newest command; whoever raises it holds the row's lock."""
    scheduled: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it has schedules in force, which a room above keeps."""
    snoozed_until: Mapped[datetime | None]
    """Until then nobody is told of it, as a room above sees to; over where it is past."""


class DeviceKey(Table):
    """The hash of a device's key. Without content: read before the organization is known."""

    __tablename__ = "device_keys"
    __table_args__ = (Index("ix_device_keys_device_id", "device_id"),)

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    device_id: Mapped[UUID]
    unit_id: Mapped[str]
    organization_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]


class Command(Identified, Owned, Table):
    """One picture that a device is asked for. `seq` counts the device's commands."""

    __tablename__ = "commands"
    __table_args__ = (
        Index("uq_commands_device_id_seq", "device_id", "seq", unique=True),
        Index("uq_commands_trigger_id", "trigger_id", unique=True),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    seq: Mapped[int]
    trigger_id: Mapped[UUID]
    """The asking behind it, which a room above keeps. An asking makes one command."""
    kind: Mapped[str]
    label: Mapped[str | None]
    status: Mapped[CommandStatus] = mapped_column(Text, server_default="queued")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    detail: Mapped[str | None]
    capture_record_id: Mapped[UUID | None]


class CaptureGap(Identified, Owned, Table):
    """Captures that a device numbered and that will never come, from `first` to `last`."""

    __tablename__ = "capture_gaps"
    __table_args__ = (
        Index("uq_capture_gaps_first", "device_id", "spool_id", "why", "first", unique=True),
        Index(
            "ix_capture_gaps_device_id_heard_at",
            "device_id",
            text("heard_at DESC"),
            text("id DESC"),
        ),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    spool_id: Mapped[str]
    why: Mapped[LossReason] = mapped_column(Text)
    first: Mapped[int]
    last: Mapped[int]
    heard_at: Mapped[datetime]
    """When it was told as it is now: one that grew is told anew."""


class ServerProcess(Table):
    """A process that carries command streams; it renews its lease. Without content."""

    __tablename__ = "server_processes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    alive_until: Mapped[datetime]


class CommandStream(Table):
    """A device that listens to a process, as long as that lives. Without content."""

    __tablename__ = "command_streams"

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(primary_key=True)
    alive_until: Mapped[datetime | None]
    """Not read: processes of the version before write it, which may run beside while we start."""


class PairingCode(Table):
    """A device's one pairing code, exchanged once for a key. Without content: a hash and ids."""

    __tablename__ = "pairing_codes"

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    unit_id: Mapped[str]
    organization_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ActivationCode(Table):
    """Gives a benefit to whoever redeems it."""

    __tablename__ = "activation_codes"
    __table_args__ = (
        Index("ix_activation_codes_created_at", text("created_at DESC"), text("code DESC")),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    """In its normal spelling, by which it is found however it is typed."""
    spelling: Mapped[str]
    """As it is shown."""
    description: Mapped[str] = mapped_column(server_default="")
    benefit_type: Mapped[BenefitType] = mapped_column(Text)
    benefit_value: Mapped[int]
    max_uses: Mapped[int | None]
    uses_count: Mapped[int] = mapped_column(server_default="0")
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    allowed_email_domains: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    one_per_organization: Mapped[bool] = mapped_column(server_default=text("true"))
    organization_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]


class Redemption(Identified, Table):
    """One use of a code by one organization. Without content: ids only."""

    __tablename__ = "redemptions"
    __table_args__ = (
        Index(
            "uq_redemptions_code_organization",
            "code",
            "organization_id",
            unique=True,
            postgresql_where=text("once"),
        ),
        Index("ix_redemptions_code_redeemed_at", "code", text("redeemed_at DESC")),
    )

    code: Mapped[str] = mapped_column(ForeignKey("activation_codes.code", ondelete="CASCADE"))
    organization_id: Mapped[UUID]
    user_id: Mapped[UUID]
    unit_id: Mapped[str | None]
    once: Mapped[bool]
    """Whether the code may be used only once by an organization."""
    redeemed_at: Mapped[datetime] = mapped_column(server_default=func.now())
