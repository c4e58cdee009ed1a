"""Who belongs to an organization: the list, roles, the last owner."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from cloud.accounts.models import AuditEntry, Role
from cloud.kit.database import Database
from tests.accounts.people import code_of
from tests.factories import Someone, make_user


async def members(client: httpx2.AsyncClient, someone: Someone) -> list[dict[str, Any]]:
    answer = await client.get("/v1/organization/members", headers=someone.headers)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def set_role(
    client: httpx2.AsyncClient, who: Someone, whom: Someone, role: str
) -> httpx2.Response:
    path = f"/v1/organization/members/{whom.user_id}"
    return await client.patch(path, headers=who.headers, json={"role": role})


async def test_members_are_listed_newest_first_to_all_of_them_and_nobody_else(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    viewer = await make_user(database, owner.organization_id, role=Role.VIEWER, verified=False)
    await make_user(database)
    newest, oldest = await members(client, viewer)
    assert (newest["email"], newest["role"]) == (viewer.email, "viewer")
    assert newest["email_verified"] is False
    assert newest["last_seen_at"] is not None
    assert oldest["user_id"] == str(owner.user_id)
    page = await client.get("/v1/organization/members", headers=owner.headers, params={"limit": 1})
    cursor = {"cursor": page.json()["next_cursor"]}
    rest = await client.get("/v1/organization/members", headers=owner.headers, params=cursor)
    assert [each["email"] for each in rest.json()["items"]] == [owner.email]


async def test_a_role_counts_at_once_and_is_noted(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    someone = await make_user(database, owner.organization_id, role=Role.VIEWER)
    assert (await set_role(client, someone, owner, "viewer")).status_code == 403
    answer = await set_role(client, owner, someone, "admin")
    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    listed = await client.get("/v1/organization/invitations", headers=someone.headers)
    assert listed.status_code == 200
    async with database.work_for(owner.organization_id) as work:
        noted = select(AuditEntry.detail).where(AuditEntry.action == "member.role_changed")
        assert await work.scalar(noted) == {"role": "admin", "before": "viewer"}


@pytest.mark.parametrize(("role", "target"), [("owner", "viewer"), ("member", "owner")])
async def test_an_administrator_neither_makes_nor_unmakes_owners(
    client: httpx2.AsyncClient, database: Database, role: str, target: str
) -> None:
    owner = await make_user(database)
    admin = await make_user(database, owner.organization_id, role=Role.ADMIN)
    await make_user(database, owner.organization_id)
    whom = owner if target == "owner" else admin
    answer = await set_role(client, admin, whom, role)
    assert (answer.status_code, code_of(answer)) == (403, "owner_needed")


async def test_two_owners_who_step_down_at_once_leave_one(
    client: httpx2.AsyncClient, database: Database
) -> None:
    first = await make_user(database)
    second = await make_user(database, first.organization_id)
    answers = await asyncio.gather(
        set_role(client, first, first, "member"), set_role(client, second, second, "member")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert code_of(refused) == "last_owner"
    roles = [each["role"] for each in await members(client, first)]
    assert sorted(roles) == ["member", "owner"]
