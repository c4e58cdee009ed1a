"""What the platform's people see of all organizations."""

from typing import Any

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.accounts.platform_admins import keep_platform_admin
from cloud.captures.usage import count_usage
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.accounts.people import fresh_email
from tests.factories import Someone, make_device, make_organization, make_user


@pytest.fixture
async def platform_admin(database: Database, settings: Settings) -> Someone:
    email = fresh_email()
    keep_platform_admin(settings.data_directory, email)
    return await make_user(database, email=email)


async def read(
    client: httpx2.AsyncClient, someone: Someone, what: str, **query: Any
) -> dict[str, Any]:
    answer = await client.get(f"/v1/admin/{what}", headers=someone.headers, params=query)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_each_organization_is_told_with_its_people_cameras_and_use(
    client: httpx2.AsyncClient, database: Database, platform_admin: Someone
) -> None:
    organization_id = await make_organization(database, name="Harbour Labs")
    owner = await make_user(database, organization_id)
    await make_user(database, organization_id, role=Role.VIEWER)
    device = await make_device(database, organization_id)
    async with database.work_for(organization_id) as work:
        await count_usage(work, device.device_id, captures=7)
    newest = (await read(client, platform_admin, "organizations", limit=1))["items"][0]
    assert newest["id"] == str(organization_id)
    assert newest["name"] == "Harbour Labs"
    assert newest["owners"] == [owner.email]
    assert (newest["users"], newest["devices_active"]) == (2, 1)
    assert newest["subscription"]["status"] == "trial"
    assert newest["last_30_days"] == {"captures": 7, "cost_usd": 0.0}


async def test_they_are_told_page_by_page_newest_first(
    client: httpx2.AsyncClient, database: Database, platform_admin: Someone
) -> None:
    made = [(await make_user(database)).organization_id for _ in range(3)]
    first = await read(client, platform_admin, "organizations", limit=2)
    second = await read(
        client, platform_admin, "organizations", limit=1, cursor=first["next_cursor"]
    )
    seen = [each["id"] for each in first["items"] + second["items"]]
    assert seen == [str(each) for each in reversed(made)]


async def test_users_are_told_and_found_by_address(
    client: httpx2.AsyncClient, database: Database, platform_admin: Someone
) -> None:
    someone = await make_user(database, role=Role.MEMBER, verified=False)
    newest = (await read(client, platform_admin, "users", limit=1))["items"][0]
    assert newest["email"] == someone.email
    assert (newest["role"], newest["email_verified"]) == ("member", False)
    assert newest["is_platform_admin"] is False
    found = await read(client, platform_admin, "users", email=platform_admin.email.upper())
    assert [each["is_platform_admin"] for each in found["items"]] == [True]
