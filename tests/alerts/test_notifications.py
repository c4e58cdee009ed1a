from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import select

from cloud.accounts.models import AuditEntry, Role
from cloud.kit.database import Database
from tests.factories import Someone, make_user, signed_in

PATH = "/v1/notifications"
NIGHT = {"days": ["mon"], "from": "22:00", "to": "06:00", "time_zone": "UTC"}


@pytest.fixture
async def someone(database: Database) -> Someone:
    return await make_user(database)


@pytest.fixture
async def owner(base_url: str, someone: Someone) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, someone) as client:
        yield client


async def test_until_set_the_owners_address_is_in_force(
    owner: httpx2.AsyncClient, someone: Someone
) -> None:
    assert (await owner.get(PATH)).json() == {
        "enabled": True,
        "channels": [{"kind": "email", "to": someone.email}],
        "cooldown_minutes": 30,
        "on_uncertain": False,
        "on_offline_after_minutes": 15,
        "quiet_hours": [],
        "escalation": None,
        "daily_digest": True,
    }


async def test_what_is_put_is_in_force(owner: httpx2.AsyncClient) -> None:
    chosen = {
        "enabled": False,
        "channels": [{"kind": "email", "to": "ann@example.test"}],
        "cooldown_minutes": 5,
        "on_uncertain": True,
        "on_offline_after_minutes": None,
        "quiet_hours": [
            {"days": ["mon", "sun"], "from": "22:00", "to": "06:30", "time_zone": "Asia/Tokyo"}
        ],
        "escalation": {
            "after_minutes": 20,
            "channels": [{"kind": "email", "to": "bob@example.test"}],
        },
        "daily_digest": False,
    }
    answer = await owner.put(PATH, json=chosen)
    assert answer.status_code == 200
    assert answer.json() == chosen
    assert (await owner.get(PATH)).json() == chosen


async def test_what_is_left_out_stays_as_it_is(owner: httpx2.AsyncClient, someone: Someone) -> None:
    await owner.put(PATH, json={"cooldown_minutes": 7})
    answer = await owner.put(PATH, json={"on_uncertain": True})
    assert answer.json()["cooldown_minutes"] == 7
    assert answer.json()["on_uncertain"] is True
    assert answer.json()["channels"] == [{"kind": "email", "to": someone.email}]


async def test_quiet_hours_without_a_zone_are_those_of_the_organizations(
    owner: httpx2.AsyncClient,
) -> None:
    await owner.patch("/v1/organization", json={"time_zone": "Europe/Zurich"})
    hours = {name: value for name, value in NIGHT.items() if name != "time_zone"}
    answer = await owner.put(PATH, json={"quiet_hours": [hours]})
    assert answer.json()["quiet_hours"] == [hours | {"time_zone": "Europe/Zurich"}]
    assert (await owner.put(PATH, json={"quiet_hours": []})).json()["quiet_hours"] == []


async def test_nobody_may_be_chosen(owner: httpx2.AsyncClient) -> None:
    assert (await owner.put(PATH, json={"channels": []})).json()["channels"] == []


async def test_an_address_counts_once_however_it_is_written(owner: httpx2.AsyncClient) -> None:
    channels = [{"kind": "email", "to": to} for to in ("Ann@Example.test", " ann@example.test ")]
    answer = await owner.put(PATH, json={"channels": channels})
    assert answer.json()["channels"] == [{"kind": "email", "to": "ann@example.test"}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"on_offline_after_minutes": 0}, "on_offline_after_minutes"),
        ({"on_offline_after_minutes": 10_081}, "on_offline_after_minutes"),
        ({"channels": [{"kind": "pigeon", "to": "a@example.com"}]}, "channels.0.kind"),
        ({"channels": [{"to": "a@example.com"}]}, "channels.0.kind"),
        ({"channels": [{"kind": "apprise", "to": "a@example.com"}]}, "channels.0.url"),
        ({"channels": [{"kind": "apprise", "url": "json://127.0.0.1"}]}, "channels.0.url"),
        ({"channels": [{"kind": "webhook", "url": "http://x.example"}]}, "channels.0.url"),
        ({"channels": [{"kind": "webhook", "url": "https://127.1/"}]}, "channels.0.url"),
        (
            {"channels": [{"kind": "webhook", "url": "https://x.example", "secret": "short"}]},
            "channels.0.secret",
        ),
        ({"channels": [{"kind": "email"}]}, "channels.0.to"),
        ({"channels": [{"kind": "email", "to": "nobody"}]}, "channels.0.to"),
        ({"channels": [{"kind": "email", "to": "a@x.com\r\nBcc: b@x.com"}]}, "channels.0.to"),
        ({"channels": [{"kind": "email", "to": "a@x.com\x00"}]}, "channels.0.to"),
        ({"channels": [{"kind": "email", "to": "a@x.com", "url": "x"}]}, "channels.0.url"),
        (
            {"channels": [{"kind": "email", "to": f"a{i}@x.com"} for i in range(21)]},
            "channels",
        ),
        ({"channels": None}, "channels"),
        ({"cooldown_minutes": -1}, "cooldown_minutes"),
        ({"cooldown_minutes": 10_081}, "cooldown_minutes"),
        ({"cooldown_minutes": 1.5}, "cooldown_minutes"),
        ({"enabled": None}, "enabled"),
        ({"quiet_hours": [NIGHT] * 15}, "quiet_hours"),
        ({"quiet_hours": [NIGHT, NIGHT | {"from": "8:00"}]}, "quiet_hours.1.from"),
        ({"quiet_hours": [NIGHT | {"days": []}]}, "quiet_hours.0.days"),
        ({"quiet_hours": [NIGHT | {"days": ["someday"]}]}, "quiet_hours.0.days.0"),
        ({"quiet_hours": [NIGHT | {"time_zone": "Mars"}]}, "quiet_hours.0.time_zone"),
        ({"quiet_hours": [NIGHT | {"to": "22:00"}]}, "quiet_hours.0"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_name(
    owner: httpx2.AsyncClient, body: object, field: str
) -> None:
    answer = await owner.put(PATH, json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert (await owner.get(PATH)).json()["cooldown_minutes"] == 30


async def test_only_admins_choose(base_url: str, database: Database, someone: Someone) -> None:
    for role, status in ((Role.MEMBER, 403), (Role.ADMIN, 200)):
        other = await make_user(database, someone.organization_id, role=role)
        async with signed_in(base_url, other) as client:
            answer = await client.put(PATH, json={"enabled": True})
            assert answer.status_code == status


async def test_a_change_is_audited(
    owner: httpx2.AsyncClient, database: Database, someone: Someone
) -> None:
    await owner.put(PATH, json={"cooldown_minutes": 7})
    async with database.work_for(someone.organization_id) as work:
        entry = (await work.session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.actor) == ("notifications.changed", someone.email)
    assert entry.detail == {"cooldown_minutes": 7}


async def test_one_organizations_choice_is_not_anothers(
    owner: httpx2.AsyncClient, base_url: str, database: Database
) -> None:
    await owner.put(PATH, json={"channels": [{"kind": "email", "to": "ann@example.test"}]})
    other = await make_user(database)
    async with signed_in(base_url, other) as client:
        assert (await client.get(PATH)).json()["channels"] == [{"kind": "email", "to": other.email}]
