"""Refreshing and ending sessions; what of them stands in the database."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import func, select, text, update

from cloud.accounts.models import RefreshToken, Session
from cloud.accounts.sessions import BROWSER_IDLE_LIFE, find_session, open_browser_session
from cloud.accounts.sweeping import KEPT, sweep
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import hash_secret
from cloud.tables import METADATA
from tests.accounts.conftest import Postman
from tests.accounts.people import (
    OTHER_PASSWORD,
    PASSWORD,
    bearer,
    code_of,
    is_signed_in,
    log_in,
    refresh,
    sign_up,
)
from tests.factories import make_user
from tests.waiting import SOMEBODY_WAITS


async def test_a_refresh_token_buys_a_new_pair_and_ends_the_old(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await refresh(client, someone.refresh_token)
    assert answer.status_code == 200
    renewed = answer.json()
    assert renewed["user"]["email"] == someone.email
    assert renewed["expires_in"] == 900
    assert await is_signed_in(client, renewed["access_token"])
    assert not await is_signed_in(client, someone.access_token)
    assert (await refresh(client, renewed["refresh_token"])).status_code == 200


async def test_a_spent_refresh_token_that_comes_again_ends_the_session(
    client: httpx2.AsyncClient,
) -> None:
    someone = await sign_up(client)
    renewed = (await refresh(client, someone.refresh_token)).json()
    again = await refresh(client, someone.refresh_token)
    assert again.status_code == 401
    assert code_of(again) == "session_ended"
    assert not await is_signed_in(client, renewed["access_token"])
    assert (await refresh(client, renewed["refresh_token"])).status_code == 401


async def test_reuse_ends_only_its_own_session(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    other = (await log_in(client, someone.email)).json()
    await refresh(client, someone.refresh_token)
    await refresh(client, someone.refresh_token)
    assert await is_signed_in(client, other["access_token"])


async def test_of_two_refreshes_at_once_only_one_succeeds(client: httpx2.AsyncClient) -> None:
    someone = await sign_up(client)
    answers = await asyncio.gather(*(refresh(client, someone.refresh_token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_refresh_waits_for_one_that_is_under_way_and_then_fails(
    client: httpx2.AsyncClient, database: Database
) -> None:
    someone = await sign_up(client)
    async with database.work() as under_way:
        token = RefreshToken.token_hash == hash_secret(someone.refresh_token)
        await under_way.execute(update(RefreshToken).where(token).values(spent_at=utc_now()))
        second = asyncio.create_task(refresh(client, someone.refresh_token))
        while not await under_way.scalar(SOMEBODY_WAITS):
            assert not second.done()
    assert (await second).status_code == 401


@pytest.mark.parametrize("token", ["vrt_unknown", "x", "ü", "0" * 1000])
async def test_what_is_no_refresh_token_is_refused(client: httpx2.AsyncClient, token: str) -> None:
    answer = await refresh(client, token)
    assert answer.status_code == 401
    assert code_of(answer) == "session_ended"


async def test_an_access_token_is_no_refresh_token_and_the_other_way_round(
    client: httpx2.AsyncClient,
) -> None:
    someone = await sign_up(client)
    assert (await refresh(client, someone.access_token)).status_code == 401
    assert not await is_signed_in(client, someone.refresh_token)
    assert (await refresh(client, someone.refresh_token)).status_code == 200


@pytest.mark.parametrize("column", ["token_expires_at", "expires_at", "ended_at"])
async def test_a_token_dies_with_its_time(
    client: httpx2.AsyncClient, database: Database, column: str
) -> None:
    someone = await sign_up(client)
    async with database.work() as work:
        await work.execute(
            update(Session)
            .where(Session.token_hash == hash_secret(someone.access_token))
            .values({column: utc_now() - timedelta(seconds=1)})
        )
    assert not await is_signed_in(client, someone.access_token)
    renewed = await refresh(client, someone.refresh_token)
    assert renewed.status_code == (200 if column == "token_expires_at" else 401)


async def test_a_browser_left_alone_for_a_week_is_signed_out(database: Database) -> None:
    someone = await make_user(database)
    async with database.work() as work:
        token = await open_browser_session(
            work, someone.user_id, address="127.0.0.1", user_agent="x" * 500
        )
        mine = Session.token_hash == hash_secret(token)
    for idle, alive in ((timedelta(hours=1), True), (timedelta(minutes=1), False)):
        async with database.work() as work:
            seen = utc_now() - BROWSER_IDLE_LIFE + idle * (1 if alive else -1)
            await work.execute(update(Session).where(mine).values(last_seen_at=seen))
        assert (await find_session(database, token) is not None) is alive


async def test_a_logged_out_token_is_refused_at_the_next_request(
    client: httpx2.AsyncClient,
) -> None:
    someone = await sign_up(client)
    answer = await client.post("/v1/auth/logout", headers=someone.headers)
    assert answer.status_code == 204
    assert answer.content == b""
    assert not await is_signed_in(client, someone.access_token)
    assert (await refresh(client, someone.refresh_token)).status_code == 401


@pytest.mark.parametrize("everywhere", [True, False])
async def test_logging_out_everywhere_ends_all_sessions_of_this_user_alone(
    client: httpx2.AsyncClient, *, everywhere: bool
) -> None:
    someone, stranger = await sign_up(client), await sign_up(client)
    other = (await log_in(client, someone.email)).json()["access_token"]
    await client.post("/v1/auth/logout", headers=someone.headers, json={"all": everywhere})
    assert await is_signed_in(client, other) is not everywhere
    assert await is_signed_in(client, stranger.access_token)


async def test_who_is_not_signed_in_cannot_log_out(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/auth/logout")
    assert answer.status_code == 401
    assert code_of(answer) == "not_signed_in"


async def test_no_secret_stands_in_any_table(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    someone = await sign_up(client)
    renewed = (await refresh(client, someone.refresh_token)).json()
    verify = await postman.token_for(someone.email, "verify-email")
    await client.post("/v1/auth/forgot-password", json={"email": someone.email})
    reset = await postman.token_for(someone.email, "reset-password")
    await client.post(
        "/v1/auth/change-password",
        headers=bearer(renewed["access_token"]),
        json={"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
    )
    secrets = [
        PASSWORD,
        OTHER_PASSWORD,
        someone.access_token,
        someone.refresh_token,
        renewed["access_token"],
        renewed["refresh_token"],
        verify,
        reset,
    ]
    dump = ""
    async with database.work_for(someone.organization_id) as work:
        for table in METADATA.tables:
            rows = await work.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))  # noqa: S608  # names of our own
            dump += "\n".join(rows.scalars())
    assert someone.email in dump
    for secret in secrets:
        assert secret not in dump
        assert secret.encode().hex() not in dump


async def test_the_sweep_removes_what_ended_long_ago_and_nothing_else(
    client: httpx2.AsyncClient, database: Database
) -> None:
    gone, kept = await sign_up(client), await sign_up(client)
    long_ago = utc_now() - KEPT - timedelta(minutes=1)
    async with database.work() as work:
        await work.execute(
            update(Session).where(Session.user_id == gone.user_id).values(ended_at=long_ago)
        )
    await sweep(database)
    async with database.work() as work:
        sessions = select(Session.user_id).where(Session.user_id.in_([gone.user_id, kept.user_id]))
        assert (await work.execute(sessions)).scalars().all() == [kept.user_id]
        tokens = (
            select(func.count())
            .select_from(RefreshToken)
            .where(RefreshToken.token_hash == hash_secret(gone.refresh_token))
        )
        assert await work.scalar(tokens) == 0
    assert await is_signed_in(client, kept.access_token)
