"""Reading the audit: by who, what and when, page by page, by administrators."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cloud.accounts.models import AuditEntry, Role
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.factories import Someone, make_user

NOW = utc_now()


@pytest.fixture
async def owner(database: Database) -> Someone:
    """An organization in which a few things were done, an hour apart."""
    owner = await make_user(database)
    done = [
        ("anna@example.test", "device.released", 1),
        ("anna@example.test", "devices_like.thing", 2),
        ("ben@example.test", "device.edited", 3),
        ("ben@example.test", "capture.deleted", 4),
    ]
    async with database.work_for(owner.organization_id) as work:
        for actor, action, hours in done:
            work.add(
                AuditEntry(
                    organization_id=owner.organization_id,
                    at=NOW - timedelta(hours=hours),
                    actor=actor,
                    action=action,
                    subject="VS-1",
                    detail={"fields": ["name"]},
                    address="192.0.2.7",
                )
            )
    return owner


async def read(client: httpx2.AsyncClient, someone: Someone, **query: Any) -> dict[str, Any]:
    answer = await client.get("/v1/organization/audit", headers=someone.headers, params=query)
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["device.released", "devices_like.thing", "device.edited", "capture.deleted"]),
        ({"actor": " Ben@example.test"}, ["device.edited", "capture.deleted"]),
        ({"action": "device"}, ["device.released", "device.edited"]),
        ({"action": "device.edited"}, ["device.edited"]),
        ({"action": "de"}, []),
        (
            {"from": (NOW - timedelta(hours=3)).isoformat(), "to": NOW - timedelta(hours=1)},
            ["devices_like.thing", "device.edited"],
        ),
    ],
)
async def test_it_is_filtered(
    client: httpx2.AsyncClient, owner: Someone, query: dict[str, Any], expected: list[str]
) -> None:
    found = await read(client, owner, **query)
    assert [entry["action"] for entry in found["items"]] == expected


async def test_pages_follow_each_other(client: httpx2.AsyncClient, owner: Someone) -> None:
    first = await read(client, owner, limit=3)
    second = await read(client, owner, cursor=first["next_cursor"])
    assert [entry["action"] for entry in second["items"]] == ["capture.deleted"]
    assert second["next_cursor"] is None
    assert second["items"][0]["detail"] == {"fields": ["name"]}


async def test_members_do_not_read_it(
    client: httpx2.AsyncClient, database: Database, owner: Someone
) -> None:
    member = await make_user(database, owner.organization_id, role=Role.MEMBER)
    assert (await read(client, member))["code"] == "role_too_low"
