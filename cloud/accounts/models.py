"""Tables of people and organizations.

Users, sessions, account mails and the hashes of tokens are read before an organization is known, so
they stand outside row-level security.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.models import Identified, Owned, Table


class Role(StrEnum):
    """What a user may do inside the organization, in rising order."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


class SessionKind(StrEnum):
    BROWSER = "browser"
    API = "api"


class TokenPurpose(StrEnum):
    """What a one-time token from a mailed link is good for."""

    RESET_PASSWORD = "reset_password"  # noqa: S105  # a word, no secret
    VERIFY_EMAIL = "verify_email"


class Organization(Identified, Table):
    __tablename__ = "organizations"

    name: Mapped[str]
    device_limit: Mapped[int]
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    trial_ends_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    """Tombstone: nobody belongs to it any more, and what it held is being erased."""


class User(Identified, Table):
    """Somebody who signs in. Belongs to exactly one organization. `email` is lower case."""

    __tablename__ = "users"
    __table_args__ = (Index("idx_users_org", "organization_id"),)

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE")
    )
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(Text)
    password_hash: Mapped[str | None]
    supabase_user_id: Mapped[str | None] = mapped_column(Text, unique=True)
    email_verified_at: Mapped[datetime | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Session(Identified, Table):
    """One sign-in. Its token is the browser's cookie, or the bearer token of an API client."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id", "user_id"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[SessionKind] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    token_expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


class RefreshToken(Table):
    """Exchanged once for a new pair. A spent one that comes again ends its whole session."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index("ix_refresh_tokens_session_id", "session_id"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]


class OneTimeToken(Table):
    """From a mailed link: good once, for a while, for one purpose."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (Index("ix_one_time_tokens_user_id", "user_id"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[TokenPurpose] = mapped_column(Text)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountMail(Identified, Table):
    """A mail with a one-time link that is still to be sent. The queue `account_mail` holds its id.

    `email` is what somebody typed: there may be no user of that address.
    """

    __tablename__ = "account_mails"

    email: Mapped[str]
    purpose: Mapped[TokenPurpose] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invitation(Identified, Owned, Table):
    """Somebody who is asked into the organization. The row goes once they have come."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index("uq_invitations_organization_id_email", "organization_id", "email", unique=True),
    )

    email: Mapped[str]
    role: Mapped[Role] = mapped_column(Text)
    invited_by: Mapped[str]
    """The e-mail of whoever asked, as it was then."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]


class InvitationToken(Table):
    """Of an invitation's mailed link. Without content: read before the organization is known."""

    __tablename__ = "invitation_tokens"
    __table_args__ = (Index("ix_invitation_tokens_invitation_id", "invitation_id"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"))
    organization_id: Mapped[UUID]


class AuditEntry(Identified, Owned, Table):
    """Who did or viewed what, when, from where. Rows are added and read, never changed."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_organization_id_at", "organization_id", "at"),)

    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[UUID | None]
    actor: Mapped[str]
    """The actor's e-mail at that time, `device ID`, or `visant`."""
    action: Mapped[str]
    subject: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    address: Mapped[str | None]
