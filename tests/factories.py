"""Arranging: organizations with signed-in people and devices, made straight in the database."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from cloud.accounts.models import Organization, Role, User
from cloud.accounts.sessions import open_api_session
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.devices.models import Device, DeviceKey, Unit
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import hash_secret, new_code, new_id, new_secret
from device.wire import DEVICE_KEY_PREFIX

SHORT_LIVED = httpx2.Limits(keepalive_expiry=1)
"""A connection is not used again once the server, after five idle seconds, may be closing it."""

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""To read those that the system trusts takes a client longer than most of its requests."""


@dataclass(frozen=True)
class Someone:
    """A signed-in user; `token` is a bearer access token."""

    organization_id: UUID
    user_id: UUID
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class SomeDevice:
    """An activated device; `unit_id` is the `device_id` that the outside knows."""

    organization_id: UUID
    device_id: UUID
    unit_id: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


async def make_organization(
    database: Database, *, name: str = "Test organization", device_limit: int = 5
) -> UUID:
    organization_id = new_id()
    async with database.work_for(organization_id) as work:
        work.add(
            Organization(
                id=organization_id,
                name=name,
                device_limit=device_limit,
                trial_ends_at=utc_now() + timedelta(days=30),
            )
        )
    return organization_id


async def make_user(
    database: Database,
    organization_id: UUID | None = None,
    *,
    role: Role = Role.OWNER,
    email: str | None = None,
    verified: bool = True,
) -> Someone:
    """A user with an open API session, in a fresh organization unless one is named."""
    organization_id = organization_id or await make_organization(database)
    email = email or f"{uuid4().hex}@example.test"
    user_id = new_id()
    async with database.work() as work:
        work.add(
            User(
                id=user_id,
                organization_id=organization_id,
                email=email,
                name="Somebody",
                role=role,
                email_verified_at=utc_now() if verified else None,
            )
        )
        await work.flush()
        pair = await open_api_session(work, user_id, address="127.0.0.1", user_agent=None)
    return Someone(organization_id, user_id, email, pair.access_token)


async def make_device(
    database: Database, organization_id: UUID, *, friendly_name: str = "Bench camera"
) -> SomeDevice:
    """An activated device with a living key."""
    unit_id, device_id, key = f"VS-{new_code(3)}", new_id(), new_secret(DEVICE_KEY_PREFIX)
    async with database.work_for(organization_id) as work:
        work.add(Unit(id=unit_id, organization_id=organization_id))
        await work.flush()
        work.add(
            Device(
                id=device_id,
                organization_id=organization_id,
                unit_id=unit_id,
                friendly_name=friendly_name,
            )
        )
        work.add(
            DeviceKey(
                key_hash=hash_secret(key),
                device_id=device_id,
                unit_id=unit_id,
                organization_id=organization_id,
            )
        )
    return SomeDevice(organization_id, device_id, unit_id, key)


async def make_capture(
    database: Database,
    device: SomeDevice,
    *,
    state: State | None = None,
    captured_at: datetime | None = None,
    received_at: datetime | None = None,
    reason: str | None = None,
    evaluation_status: EvaluationStatus | None = None,
    **more: Any,
) -> Capture:
    """A capture without its picture: judged where a state is given, else pending.

    `more` are other columns of it.
    """
    now = utc_now()
    capture = Capture(
        id=new_id(),
        organization_id=device.organization_id,
        device_id=device.device_id,
        unit_id=device.unit_id,
        captured_at=captured_at or now,
        received_at=received_at or now,
        evaluation_status=evaluation_status
        or (EvaluationStatus.COMPLETED if state else EvaluationStatus.PENDING),
        evaluated_at=now if state else None,
        state=state,
        score=0.9 if state else None,
        reason=reason or (f"It looks {state}." if state else None),
        description_version=1 if state else None,
        sha256=uuid4().hex * 2,
        etag=uuid4().hex * 2,
        bytes=1000,
        width=160,
        height=120,
        phash=0,
    )
    for name, value in more.items():
        setattr(capture, name, value)
    async with database.work_for(device.organization_id) as work:
        work.add(capture)
        await work.flush()
        await work.session.refresh(capture)
    return capture


def loopback_client(**options: Any) -> httpx2.AsyncClient:
    """A client for servers of this machine, which speak no TLS; the options are httpx2's own."""
    return httpx2.AsyncClient(verify=NO_CERTIFICATES, **options)


@asynccontextmanager
async def signed_in(base_url: str, someone: Someone) -> AsyncIterator[httpx2.AsyncClient]:
    async with loopback_client(
        base_url=base_url, headers=someone.headers, timeout=30, limits=SHORT_LIVED
    ) as client:
        yield client
