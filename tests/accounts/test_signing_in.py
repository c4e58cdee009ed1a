"""Signing in: who gets in, what the others hear, how often they may try."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx2
import pytest
from argon2.profiles import CHEAPEST
from fastapi import FastAPI
from sqlalchemy import URL, select

from cloud.accounts.hashing import Hasher
from cloud.accounts.local import LocalIdentity
from cloud.accounts.models import AuditEntry, User
from cloud.app import make_app
from cloud.kit.database import Database
from cloud.kit.limits import RateLimit
from cloud.kit.settings import Settings
from tests.accounts.people import code_of, fresh_email, is_signed_in, log_in, sign_up
from tests.conftest import serving
from tests.factories import loopback_client, make_user

STRONGER = replace(CHEAPEST, time_cost=CHEAPEST.time_cost + 1)


async def test_address_and_password_sign_in(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await log_in(client, someone.email.upper())
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(someone.user_id)
    assert answer.json()["organization"]["id"] == str(someone.organization_id)
    assert await is_signed_in(client, answer.json()["access_token"])


async def test_each_sign_in_is_a_session_of_its_own(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    second = (await log_in(client, someone.email)).json()["access_token"]
    await client.post("/v1/auth/logout", headers=someone.headers)
    assert not await is_signed_in(client, someone.access_token)
    assert await is_signed_in(client, second)


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    client: httpx2.AsyncClient, database: Database
) -> None:
    known = (await sign_up(client)).email
    without_password = (await make_user(database)).email
    answers = [
        await log_in(client, email, "not the password")
        for email in (known, fresh_email(), without_password)
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {code_of(answer) for answer in answers} == {"invalid_credentials"}
    assert len({answer.content for answer in answers}) == 1


async def test_a_session_is_noted_with_the_address_behind_a_trusted_proxy(
    client: httpx2.AsyncClient, database: Database
) -> None:
    someone = await sign_up(client)
    async with database.work_for(someone.organization_id) as work:
        address = await work.scalar(select(AuditEntry.address))
    assert address == client.headers["X-Forwarded-For"]


async def test_many_tries_at_once_get_no_more_than_ten_passwords_looked_at(
    client: httpx2.AsyncClient,
) -> None:
    email = (await sign_up(client)).email
    answers = await asyncio.gather(*(log_in(client, email, "wrong password") for _ in range(14)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * 10 + [429] * 4


async def test_a_throttled_account_is_throttled_after_a_restart_and_from_elsewhere(
    client: httpx2.AsyncClient, settings: Settings, database_url: URL
) -> None:
    email = (await sign_up(client)).email
    for _ in range(10):
        await log_in(client, email, "wrong password")
    async with (
        serving(make_app(settings, database_url)) as base_url,
        loopback_client(base_url=base_url, timeout=30) as elsewhere,
    ):
        answer = await log_in(elsewhere, email)
    assert answer.status_code == 429
    assert code_of(answer) == "too_many_requests"
    assert int(answer.headers["Retry-After"]) > 0


async def test_an_unknown_address_is_throttled_like_a_known_one(client: httpx2.AsyncClient) -> None:
    email = fresh_email()
    answers = [await log_in(client, email, "wrong password") for _ in range(11)]
    assert answers[-1].status_code == 429


async def test_one_address_cannot_try_many_accounts(client: httpx2.AsyncClient) -> None:
    answers = [await log_in(client, fresh_email(), "wrong password") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]


async def test_who_signs_in_rightly_is_not_throttled(client: httpx2.AsyncClient) -> None:
    email = (await sign_up(client)).email
    answers = [await log_in(client, email) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}


async def test_limits_are_kept_as_hashes(client: httpx2.AsyncClient, database: Database) -> None:
    email = fresh_email()
    await log_in(client, email, "wrong password")
    async with database.work() as work:
        keys = (await work.execute(select(RateLimit.key))).scalars().all()
    assert any(key.startswith("sign_in_account:") for key in keys)
    assert not [key for key in keys if email in key]


@pytest.fixture
def raise_the_cost(app: FastAPI, database: Database) -> Iterator[Callable[[], None]]:
    """From the call on, hashes cost more."""
    own = app.state.identity

    def raise_it() -> None:
        app.state.identity = LocalIdentity(database, Hasher(STRONGER))

    yield raise_it
    app.state.identity = own


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(
    client: httpx2.AsyncClient, database: Database, raise_the_cost: Callable[[], None]
) -> None:
    someone = await sign_up(client)
    stored = select(User.password_hash).where(User.id == someone.user_id)
    raise_the_cost()
    assert (await log_in(client, someone.email)).status_code == 200
    async with database.work() as work:
        renewed = await work.scalar(stored)
    assert f"t={STRONGER.time_cost}" in renewed
    assert (await log_in(client, someone.email)).status_code == 200
    async with database.work() as work:
        assert await work.scalar(stored) == renewed


async def test_a_password_may_be_typed_with_composed_or_with_combining_accents(
    client: httpx2.AsyncClient,
) -> None:
    email, password = fresh_email(), "gr\u00fcne laterne k\u00e4se"
    answer = await client.post("/v1/auth/signup", json={"email": email, "password": password})
    assert answer.status_code == 201
    decomposed = "gru\u0308ne laterne ka\u0308se"
    assert (await log_in(client, email, decomposed)).status_code == 200
