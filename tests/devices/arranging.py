"""Arranging what tests of devices need: people with clients, free units, codes, heartbeats."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
from sqlalchemy import select

from cloud.accounts.models import AuditEntry, Role
from cloud.accounts.platform_admins import keep_platform_admin
from cloud.devices.models import ActivationCode, BenefitType, Unit
from cloud.devices.spelling import new_unit_id, normal_code
from cloud.events.models import Event
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import Someone, make_organization, make_user, signed_in


@dataclass(frozen=True)
class Signed:
    """Somebody, and a client that speaks for them."""

    someone: Someone
    client: httpx2.AsyncClient


@asynccontextmanager
async def owner_of(
    database: Database, base_url: str, *, device_limit: int = 5, role: Role = Role.OWNER
) -> AsyncIterator[Signed]:
    """Somebody in a fresh organization."""
    organization_id = await make_organization(database, device_limit=device_limit)
    someone = await make_user(database, organization_id, role=role)
    async with signed_in(base_url, someone) as client:
        yield Signed(someone, client)


@asynccontextmanager
async def platform_admin(
    database: Database, base_url: str, settings: Settings
) -> AsyncIterator[Signed]:
    email = f"{uuid4().hex}@platform.test"
    keep_platform_admin(settings.data_directory, email)
    someone = await make_user(database, email=email)
    async with signed_in(base_url, someone) as client:
        yield Signed(someone, client)


async def make_unit(database: Database) -> str:
    """A unit that is nobody's."""
    unit_id = new_unit_id()
    async with database.work() as work:
        work.add(Unit(id=unit_id))
    return unit_id


async def make_code(database: Database, **values: Any) -> str:
    """An activation code for one device slot, unless the values say otherwise."""
    spelling = f"TEST-{uuid4().hex[:12].upper()}"
    fields = {"benefit_type": BenefitType.DEVICE_SLOTS, "benefit_value": 1, **values}
    async with database.work() as work:
        work.add(ActivationCode(code=normal_code(spelling), spelling=spelling, **fields))
    return spelling


async def read_audit(database: Database, someone: Someone) -> list[AuditEntry]:
    async with database.work_for(someone.organization_id) as work:
        found = await work.execute(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id))
        return list(found.scalars())


async def read_events(database: Database, someone: Someone) -> list[Event]:
    async with database.work_for(someone.organization_id) as work:
        found = await work.execute(select(Event).order_by(Event.seq))
        return list(found.scalars())


def heartbeat(**values: Any) -> dict[str, Any]:
    return {
        "device_version": "1.0.0",
        "uptime_seconds": 12.5,
        "spool": {"waiting": 0, "oldest_at": None, "dropped": 0},
        "config_version": 1,
        "sequence": {"taken": 3, "acked": 3},
        **values,
    }


def gap(first: int, last: int, **values: Any) -> dict[str, Any]:
    return {"spool_id": "s-1", "first": first, "last": last, "why": "no_room", **values}
