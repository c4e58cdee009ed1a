"""What signed-in people change about themselves: name, password, preferences."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cloud.accounts.preferences import Preferences, read_preferences
from cloud.kit.database import Database
from tests.accounts.people import (
    OTHER_PASSWORD,
    PASSWORD,
    code_of,
    is_signed_in,
    log_in,
    refresh,
    sign_up,
)

DEFAULTS: dict[str, Any] = {
    "theme": "system",
    "time_zone": "UTC",
    "page_size": 50,
    "single_keys": True,
    "filters": {"states": [], "preset": None, "from": None, "to": None, "device_id": None},
    "saved_filters": [],
}


async def test_a_name_is_changed_and_noted(client: httpx2.AsyncClient, database: Database) -> None:
    someone = await sign_up(client)
    answer = await client.patch(
        "/v1/auth/profile", headers=someone.headers, json={"name": " Anna\nSmith "}
    )
    assert answer.status_code == 200
    assert answer.json()["name"] == "Anna Smith"
    async with database.work_for(someone.organization_id) as work:
        noted = text("SELECT actor FROM audit_entries WHERE action = 'user.renamed'")
        assert await work.scalar(noted) == someone.email


@pytest.mark.parametrize(
    "field",
    ["role", "email", "organization_id", "is_platform_admin", "email_verified_at", "password_hash"],
)
async def test_a_profile_changes_nothing_but_the_name(
    client: httpx2.AsyncClient, field: str
) -> None:
    someone = await sign_up(client)
    before = (await client.get("/v1/auth/me", headers=someone.headers)).json()
    answer = await client.patch(
        "/v1/auth/profile", headers=someone.headers, json={"name": "Anna", field: "viewer"}
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await client.get("/v1/auth/me", headers=someone.headers)).json() == before


@pytest.mark.parametrize("name", ["", "  ", "\x07", "a\x00b", "n" * 101, None, 7])
async def test_what_is_no_name_is_refused(client: httpx2.AsyncClient, name: object) -> None:
    someone = await sign_up(client)
    answer = await client.patch("/v1/auth/profile", headers=someone.headers, json={"name": name})
    assert answer.status_code == 422


async def change(
    client: httpx2.AsyncClient, headers: dict[str, str], current: str, new: str
) -> Any:
    body = {"current_password": current, "new_password": new}
    return await client.post("/v1/auth/change-password", headers=headers, json=body)


async def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    client: httpx2.AsyncClient,
) -> None:
    someone = await sign_up(client)
    other = (await log_in(client, someone.email)).json()
    answer = await change(client, someone.headers, PASSWORD, OTHER_PASSWORD)
    assert answer.status_code == 204
    assert await is_signed_in(client, someone.access_token)
    assert not await is_signed_in(client, other["access_token"])
    assert (await refresh(client, other["refresh_token"])).status_code == 401
    assert (await log_in(client, someone.email)).status_code == 401
    assert (await log_in(client, someone.email, OTHER_PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "code", "field"),
    [
        ("not this one", OTHER_PASSWORD, "wrong_password", "current_password"),
        (PASSWORD, "password12", "password_too_weak", "new_password"),
    ],
)
async def test_a_password_is_not_changed_to_a_weak_one_nor_by_who_does_not_know_it(
    client: httpx2.AsyncClient, current: str, new: str, code: str, field: str
) -> None:
    someone = await sign_up(client)
    answer = await change(client, someone.headers, current, new)
    assert answer.status_code == 422
    assert code_of(answer) == code
    assert answer.json()["errors"][0]["field"] == field
    assert (await log_in(client, someone.email)).status_code == 200


async def test_the_current_password_cannot_be_guessed_at_will(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    answers = [await change(client, someone.headers, "wrong one", "other") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


async def test_preferences_start_with_defaults(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await client.get("/v1/auth/preferences", headers=someone.headers)
    assert answer.json() == DEFAULTS


async def test_preferences_that_are_named_change_and_the_others_stay(
    client: httpx2.AsyncClient,
) -> None:
    someone = await sign_up(client)
    filters = {
        "states": ["abnormal", "failed"],
        "preset": "today",
        "from": "2026-11-01T00:00:00Z",
        "to": "2026-11-02T00:00:00+01:00",
        "device_id": "VS-1",
    }
    for wanted in ({"theme": "dark", "filters": filters}, {"time_zone": "Europe/Zurich"}):
        answer = await client.put("/v1/auth/preferences", headers=someone.headers, json=wanted)
        assert answer.status_code == 200
    stored = await client.get("/v1/auth/preferences", headers=someone.headers)
    assert stored.json() == answer.json()
    assert stored.json() == {
        **DEFAULTS,
        "theme": "dark",
        "time_zone": "Europe/Zurich",
        "filters": filters,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("theme", "purple"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../../etc/passwd"),
        ("page_size", 0),
        ("page_size", 201),
        ("page_size", "many"),
        ("filters.states.0", {"states": ["alert"]}),
        ("filters.preset", {"preset": "someday"}),
        ("filters.from", {"from": "2026-11-01T00:00:00"}),
        ("filters.device_id", {"device_id": "x" * 65}),
        ("filters.role", {"role": "owner"}),
        ("filters", {"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}),
        ("role", "owner"),
    ],
)
async def test_unknown_preferences_are_refused_by_name(
    client: httpx2.AsyncClient, field: str, value: object
) -> None:
    someone = await sign_up(client)
    answer = await client.put(
        "/v1/auth/preferences", headers=someone.headers, json={field.partition(".")[0]: value}
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    stored = await client.get("/v1/auth/preferences", headers=someone.headers)
    assert stored.json() == DEFAULTS


def test_stored_preferences_that_are_not_understood_any_more_are_the_defaults() -> None:
    assert read_preferences({"theme": "sepia"}) == Preferences()
