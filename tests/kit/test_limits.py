import asyncio
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import URL, func, select, text

from cloud.kit import limits
from cloud.kit.access import ANYONE
from cloud.kit.database import Database
from cloud.kit.headers import AnswerHeaders
from cloud.kit.limits import (
    SPEND,
    Limit,
    RateLimit,
    _row_key,
    forget_spent_limits,
    give_back,
    hold_to,
    spend,
)
from cloud.kit.problems import install_problems
from tests.waiting import SOMEBODY_WAITS

THREE = Limit("three", burst=3, seconds=60)


@pytest.fixture
def key() -> str:
    """A key of this test's own."""
    return uuid4().hex


async def let_pass(database: Database, seconds: float) -> None:
    """As if so much time had passed for all keys of these tests."""
    async with database.work() as work:
        await work.execute(
            text(
                "UPDATE rate_limits SET arrival_at = arrival_at - make_interval(secs => :seconds)"
                " WHERE key LIKE 'three:%'"
            ),
            {"seconds": seconds},
        )


async def test_a_burst_passes_and_the_next_is_refused(database: Database, key: str) -> None:
    passed = [await spend(database, THREE, key) for _ in range(3)]
    assert [each.allowed for each in passed] == [True, True, True]
    assert [each.remaining for each in passed] == [2, 1, 0]
    refused = await spend(database, THREE, key)
    assert not refused.allowed
    assert refused.remaining == 0
    assert 0 < refused.retry_after <= THREE.interval


async def test_one_more_passes_after_each_interval(database: Database, key: str) -> None:
    for _ in range(4):
        await spend(database, THREE, key)
    await let_pass(database, THREE.interval)
    assert (await spend(database, THREE, key)).allowed
    assert not (await spend(database, THREE, key)).allowed


async def test_a_refused_request_costs_nothing(database: Database, key: str) -> None:
    for _ in range(20):
        await spend(database, THREE, key)
    await let_pass(database, THREE.interval)
    assert (await spend(database, THREE, key)).allowed


async def test_waiting_longer_than_the_window_saves_up_no_more_than_a_burst(
    database: Database, key: str
) -> None:
    await spend(database, THREE, key)
    await let_pass(database, 10 * THREE.seconds)
    allowed = [(await spend(database, THREE, key)).allowed for _ in range(4)]
    assert allowed == [True, True, True, False]


async def test_keys_and_limits_keep_apart(database: Database, key: str) -> None:
    for _ in range(3):
        await spend(database, THREE, key)
    assert (await spend(database, THREE, f"{key} other")).allowed
    assert (await spend(database, Limit("four", 4, 60), key)).allowed


async def test_processes_share_a_limit(database: Database, database_url: URL, key: str) -> None:
    other = Database(database_url, pool_size=1)
    for _ in range(3):
        await spend(database, THREE, key)
    assert not (await spend(other, THREE, key)).allowed
    await other.dispose()


async def test_of_many_first_requests_at_once_exactly_a_burst_passes(
    database: Database, key: str
) -> None:
    allowances = await asyncio.gather(*(spend(database, THREE, key) for _ in range(12)))
    assert sum(each.allowed for each in allowances) == 3


async def test_a_request_that_waited_for_another_first_one_is_refused_in_order(
    database: Database, key: str
) -> None:
    """It began before the row was there that refuses it."""
    one = Limit("one", burst=1, seconds=60)
    values = {"key": _row_key(one, key), "interval": 60, "window": 60}
    async with database.work() as first:
        await first.execute(SPEND, values)
        waiting = asyncio.create_task(spend(database, one, key))
        while not await first.scalar(SOMEBODY_WAITS):
            pass
    refused = await waiting
    assert not refused.allowed
    assert 0 < refused.retry_after <= one.interval


async def test_what_was_given_back_can_be_spent_again(database: Database, key: str) -> None:
    for _ in range(3):
        await spend(database, THREE, key)
    await give_back(database, THREE, key)
    assert (await spend(database, THREE, key)).allowed


async def test_keys_are_kept_only_as_hashes(database: Database) -> None:
    await spend(database, THREE, "somebody@example.test")
    async with database.work() as work:
        keys = (await work.session.scalars(select(RateLimit.key))).all()
    assert not [each for each in keys if "somebody" in each]


async def test_rows_that_limit_nothing_any_more_are_removed(database: Database, key: str) -> None:
    await spend(database, THREE, key)
    await let_pass(database, 2 * THREE.seconds)
    await forget_spent_limits(database)
    async with database.work() as work:
        left = await work.execute(select(RateLimit).where(RateLimit.key.like("three:%")))
        assert not [row for row in left.scalars() if row.key.endswith(key)]


async def test_a_backlog_of_them_goes_in_batches(
    database: Database, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BATCH", 2)
    for number in range(5):
        await spend(database, THREE, f"{key} {number}")
    await let_pass(database, 2 * THREE.seconds)
    await forget_spent_limits(database)
    async with database.work() as work:
        mine = RateLimit.key.contains(key)
        assert await work.scalar(select(func.count()).where(mine)) == 0


async def test_answers_say_how_much_is_left_and_a_refusal_when_to_come_again(
    database: Database, key: str
) -> None:
    app = FastAPI()
    install_problems(app)

    @app.get("/", dependencies=[ANYONE])
    async def limited(request: Request) -> dict[str, str]:
        await hold_to(request, database, THREE, key)
        return {}

    transport = httpx2.ASGITransport(AnswerHeaders(app, https=False))
    async with httpx2.AsyncClient(transport=transport, base_url="http://visant.test") as client:
        answers = [await client.get("/") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    left = [each.headers["RateLimit-Remaining"] for each in answers]
    assert left == ["2", "1", "0", "0"]
    assert {each.headers["RateLimit-Limit"] for each in answers} == {"3"}
    assert answers[3].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 1.5 * THREE.interval + 1
