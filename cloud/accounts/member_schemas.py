"""The bodies and answers about an organization's people, invitations and audit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cloud.accounts.emails import EmailAddress
from cloud.accounts.models import Role
from cloud.accounts.schemas import EXAMPLE_ID, example
from cloud.kit.bodies import Body

EXAMPLE_MEMBER: dict[str, Any] = {
    "user_id": EXAMPLE_ID,
    "email": "anna@example.com",
    "name": "Anna",
    "role": "owner",
    "email_verified": True,
    "created_at": "2026-11-01T09:12:44.310Z",
    "last_seen_at": "2026-11-22T07:30:00.123Z",
}
EXAMPLE_INVITATION: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "email": "ben@example.com",
    "role": "member",
    "invited_by": "anna@example.com",
    "created_at": "2026-11-22T07:30:00.123Z",
    "expires_at": "2026-11-29T07:30:00.123Z",
}
EXAMPLE_ENTRY: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "at": "2026-11-22T07:30:00.123Z",
    "actor_id": EXAMPLE_ID,
    "actor": "anna@example.com",
    "action": "device.released",
    "subject": "VS-7K3M-9QXT-4HWC",
    "detail": {"captures_erased": False},
    "address": "192.0.2.7",
}


class RoleBody(Body):
    """The role that a member is to have from now on."""

    model_config = example({"role": "admin"})

    role: Role


class InvitationBody(Body):
    """Whom to ask in, and as what."""

    model_config = example({"email": "ben@example.com", "role": "member"})

    email: EmailAddress
    role: Role


class MemberAnswer(BaseModel):
    """Somebody who belongs to the organization. `last_seen_at` is null for who is signed out."""

    model_config = example(EXAMPLE_MEMBER)

    user_id: UUID
    email: str
    name: str
    role: Role
    email_verified: bool
    created_at: datetime
    last_seen_at: datetime | None


class MemberList(BaseModel):
    """A page of members, newest first."""

    model_config = example({"items": [EXAMPLE_MEMBER], "next_cursor": None})

    items: list[MemberAnswer]
    next_cursor: str | None


class InvitationAnswer(BaseModel):
    """An invitation that nobody has followed yet. Its link is only in the mail."""

    model_config = example(EXAMPLE_INVITATION)

    id: UUID
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationList(BaseModel):
    """A page of invitations, newest first."""

    model_config = example({"items": [EXAMPLE_INVITATION], "next_cursor": None})

    items: list[InvitationAnswer]
    next_cursor: str | None


class AuditEntryAnswer(BaseModel):
    """Who did or viewed what, when, from where.

    `actor` is the e-mail address at that time, or `device ID` of a camera.
    """

    model_config = example(EXAMPLE_ENTRY)

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor: str
    action: str
    subject: str | None
    detail: dict[str, Any]
    address: str | None


class AuditList(BaseModel):
    """A page of the audit, newest first."""

    model_config = example({"items": [EXAMPLE_ENTRY], "next_cursor": None})

    items: list[AuditEntryAnswer]
    next_cursor: str | None
