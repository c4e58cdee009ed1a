"""What is answered to the platform's people about organizations and users."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cloud.accounts.models import Role
from cloud.devices.schemas import OrganizationAnswer

EXAMPLE_ID = "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a11"

EXAMPLE_ORGANIZATION: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "name": "Harbour Labs",
    "device_limit": 2,
    "devices_active": 1,
    "time_zone": "Europe/Berlin",
    "created_at": "2026-11-01T09:12:44.310Z",
    "subscription": {"status": "trial", "ends_at": "2026-12-01T09:12:44.310Z"},
    "users": 3,
    "owners": ["anna@example.com"],
    "last_30_days": {"captures": 8640, "cost_usd": 16.4},
}
EXAMPLE_USER: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "organization_id": EXAMPLE_ID,
    "email": "anna@example.com",
    "name": "Anna",
    "role": "owner",
    "email_verified": True,
    "is_platform_admin": False,
    "created_at": "2026-11-01T09:12:44.310Z",
    "last_seen_at": "2026-11-22T07:30:00.123Z",
}


class LatelyUsed(BaseModel):
    """In the last 30 days."""

    captures: int
    cost_usd: float


class OrganizationOfAll(OrganizationAnswer):
    """An organization, who owns it, how many belong to it and what it used lately."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ORGANIZATION]})

    users: int
    owners: list[str]
    last_30_days: LatelyUsed


class OrganizationList(BaseModel):
    """A page of organizations, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_ORGANIZATION], "next_cursor": None}]}
    )

    items: list[OrganizationOfAll]
    next_cursor: str | None


class UserOfAll(BaseModel):
    """Somebody who has an account."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_USER]})

    id: UUID
    organization_id: UUID
    email: str
    name: str
    role: Role
    email_verified: bool
    is_platform_admin: bool
    created_at: datetime
    last_seen_at: datetime | None


class UserList(BaseModel):
    """A page of users, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_USER], "next_cursor": None}]}
    )

    items: list[UserOfAll]
    next_cursor: str | None
