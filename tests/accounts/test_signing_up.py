"""Signing up: the answer, the organization, what is refused."""

from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import func, select, text

from cloud.accounts.models import AuditEntry, Organization, User
from cloud.accounts.throttling import SIGN_UPS
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.accounts.people import PASSWORD, bearer, code_of, fresh_email, sign_up
from tests.conftest import PLATFORM_ADMIN


async def attempt(client: httpx2.AsyncClient, **fields: object) -> httpx2.Response:
    body = {"email": fresh_email(), "password": PASSWORD, **fields}
    return await client.post("/v1/auth/signup", json=body)


async def test_the_answer_signs_in_the_owner_of_a_fresh_organization(
    client: httpx2.AsyncClient,
) -> None:
    email = fresh_email()
    answer = await attempt(client, email=email, name="Anna")
    assert answer.status_code == 201
    document = answer.json()
    assert document["token_type"] == "bearer"
    assert document["expires_in"] == 900
    assert document["user"] == {
        "id": document["user"]["id"],
        "email": email,
        "name": "Anna",
        "role": "owner",
        "is_platform_admin": False,
        "email_verified": False,
    }
    assert document["organization"]["name"] == "Anna’s organization"
    me = await client.get("/v1/auth/me", headers=bearer(document["access_token"]))
    assert me.json() == {**document["user"], "organization": document["organization"]}


async def test_the_organization_has_its_limit_and_trial_from_the_settings(
    client: httpx2.AsyncClient, database: Database, settings: Settings
) -> None:
    someone = await sign_up(client)
    async with database.work_for(someone.organization_id) as work:
        organization = (await work.execute(select(Organization))).scalar_one()
        actions = (await work.execute(select(AuditEntry.action))).scalars().all()
    assert organization.device_limit == settings.default_device_limit
    trial = organization.trial_ends_at - utc_now()
    assert timedelta(days=settings.trial_days) - trial < timedelta(minutes=1)
    assert sorted(actions) == ["session.opened", "user.signed_up"]


async def test_two_who_sign_up_share_no_organization(client: httpx2.AsyncClient) -> None:
    first, second = await sign_up(client), await sign_up(client)
    assert first.organization_id != second.organization_id


@pytest.mark.parametrize(
    ("mailbox", "name", "organization"),
    [
        ("anna.smith-{}+cams", "Anna Smith-{}", None),
        ("12345{}", "", "My organization"),
    ],
)
async def test_a_name_is_taken_from_the_address_where_none_is_given(
    client: httpx2.AsyncClient, mailbox: str, name: str, organization: str | None
) -> None:
    digits = str(utc_now().timestamp()).replace(".", "")
    email = f"{mailbox.format(digits)}@example.test"
    document = (await attempt(client, email=email)).json()
    expected = name.format(digits).replace("-", " ")
    assert document["user"]["name"] == expected
    assert document["organization"]["name"] == (organization or f"{expected}’s organization")


async def test_an_address_is_taken_once_however_it_is_written(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await attempt(client, email=f" {someone.email.upper()} ")
    assert answer.status_code == 409
    assert code_of(answer) == "email_taken"
    assert answer.json()["errors"][0]["field"] == "email"


async def test_a_refused_sign_up_leaves_no_organization_behind(
    client: httpx2.AsyncClient, database: Database
) -> None:
    someone = await sign_up(client)
    count = text("SELECT count(*) FROM account_mails WHERE email = :email")
    await attempt(client, email=someone.email)
    async with database.work() as work:
        assert await work.scalar(count, {"email": someone.email}) <= 1
        users = select(func.count()).select_from(User).where(User.email == someone.email)
        assert await work.scalar(users) == 1


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "anna@",
        "@example.test",
        "anna@example",
        "anna@exa mple.test",
        "anna@example.test\nBcc: all@example.test",
        "an\x00na@example.test",
        "Anna <anna@example.test>",
        "anna@[127.0.0.1]",
        "a" * 65 + "@example.test",
        "a@" + "b." * 150 + "test",
        7,
        None,
    ],
)
async def test_what_is_no_address_is_refused_by_name(
    client: httpx2.AsyncClient, email: object
) -> None:
    answer = await attempt(client, email=email)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["email"]


@pytest.mark.parametrize(
    "field",
    [
        "role",
        "organization_id",
        "organization",
        "is_platform_admin",
        "email_verified",
        "email_verified_at",
        "id",
        "password_hash",
        "supabase_user_id",
        "preferences",
        "device_limit",
        "trial_ends_at",
        "created_at",
    ],
)
async def test_what_the_form_does_not_offer_cannot_be_set(
    client: httpx2.AsyncClient, field: str
) -> None:
    answer = await attempt(client, **{field: "owner"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_weak_password_is_refused_with_a_kind_sentence(client: httpx2.AsyncClient) -> None:
    answer = await attempt(client, password="password12")
    assert answer.status_code == 422
    assert code_of(answer) == "password_too_weak"
    assert answer.json()["errors"][0]["field"] == "password"
    assert "words" in answer.json()["detail"]


async def test_a_platform_admin_is_one_only_once_the_address_is_proved(
    client: httpx2.AsyncClient, database: Database
) -> None:
    async with database.work() as work:
        await work.execute(
            text("DELETE FROM users WHERE email = :email"), {"email": PLATFORM_ADMIN}
        )
    someone = await sign_up(client, email=PLATFORM_ADMIN)
    me = await client.get("/v1/auth/me", headers=someone.headers)
    assert me.json()["is_platform_admin"] is False
    async with database.work() as work:
        await work.execute(
            text("UPDATE users SET email_verified_at = now() WHERE id = :id"),
            {"id": someone.user_id},
        )
    me = await client.get("/v1/auth/me", headers=someone.headers)
    assert me.json()["is_platform_admin"] is True
    async with database.work() as work:
        await work.execute(text("DELETE FROM users WHERE id = :id"), {"id": someone.user_id})


async def test_one_sign_up_too_many_from_an_address_has_to_wait(
    client: httpx2.AsyncClient,
) -> None:
    answers = [await attempt(client, password="short") for _ in range(SIGN_UPS.burst + 1)]
    assert [answer.status_code for answer in answers] == [422] * SIGN_UPS.burst + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].headers["RateLimit-Limit"] == str(SIGN_UPS.burst)


async def test_the_organization_goes_by_the_zone_that_its_founder_names(
    client: httpx2.AsyncClient,
) -> None:
    joined = (await attempt(client, time_zone="America/Lima")).json()
    organization = await client.get("/v1/organization", headers=bearer(joined["access_token"]))
    assert organization.json()["time_zone"] == "America/Lima"
    refused = await attempt(client, time_zone="Moon/Far")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "time_zone"
