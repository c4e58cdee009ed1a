"""Tables of share links and of who came by them.

A link is found by the hash of its token before its organization is known, so the hashes stand in a
table of their own outside row-level security; what a link shows and whom it met stands behind it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class ShareType(StrEnum):
    """What of a camera a link shows."""

    DEVICE = "device"
    """All its captures, those to come too."""
    CAPTURE = "capture"
    DATE_RANGE = "date_range"


class ShareLink(Identified, Owned, Table):
    """Somebody's leave to look, until it expires, is revoked or was used often enough."""

    __tablename__ = "share_links"
    __table_args__ = (
        Index(
            "ix_share_links_organization_id_created_at",
            "organization_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
        Index("ix_share_links_device_id", "device_id"),
    )

    device_id: Mapped[UUID] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    unit_id: Mapped[str]
    """The `device_id` that the outside knows."""
    share_type: Mapped[ShareType] = mapped_column(Text)
    capture_id: Mapped[UUID | None]
    """The one capture of a link to one. It may be gone: then the link shows nothing any more."""
    from_at: Mapped[datetime | None]
    to_at: Mapped[datetime | None]
    """Not included."""
    states: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Only captures of these states; all where empty."""
    label: Mapped[str | None]
    passcode_hash: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    max_views: Mapped[int | None]
    view_count: Mapped[int] = mapped_column(server_default="0")
    last_viewed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ShareToken(Table):
    """The hash of a link's token. Without content: read before the organization is known."""

    __tablename__ = "share_tokens"
    __table_args__ = (Index("ix_share_tokens_link_id", "link_id"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("share_links.id", ondelete="CASCADE"))
    organization_id: Mapped[UUID]


class ShareView(Identified, Owned, Table):
    """One visit by a link: its first opening, which counts. A cookie keeps the visit's secret."""

    __tablename__ = "share_views"
    __table_args__ = (
        Index(
            "ix_share_views_link_id_viewed_at",
            "link_id",
            text("viewed_at DESC"),
            text("id DESC"),
        ),
    )

    link_id: Mapped[UUID] = mapped_column(ForeignKey("share_links.id", ondelete="CASCADE"))
    visit_hash: Mapped[bytes] = mapped_column(unique=True)
    viewed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    address: Mapped[str]
    user_agent: Mapped[str | None]
