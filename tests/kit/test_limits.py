"""Rate limits: how many pass, what the caller is told, what is given back and forgotten."""

import asyncio
from uuid import uuid4

from sqlalchemy import func, select, text

from cloud.kit.database import Database
from cloud.kit.limits import Limit, RateLimit, forget_spent_limits, give_back, spend

THREE_AN_HOUR = Limit("three_an_hour", 3, 3600)


async def test_as_many_pass_as_the_burst_allows_however_many_come_at_once(
    database: Database,
) -> None:
    key = uuid4().hex
    found = await asyncio.gather(*(spend(database, THREE_AN_HOUR, key) for _ in range(8)))
    assert sum(allowance.allowed for allowance in found) == 3
    refused = next(allowance for allowance in found if not allowance.allowed)
    assert refused.remaining == 0
    assert 1100 < refused.retry_after <= 1200
    assert refused.headers["RateLimit-Limit"] == "3"


async def test_keys_and_limits_do_not_touch_each_other(database: Database) -> None:
    key = uuid4().hex
    for _ in range(3):
        await spend(database, THREE_AN_HOUR, key)
    assert not (await spend(database, THREE_AN_HOUR, key)).allowed
    assert (await spend(database, THREE_AN_HOUR, uuid4().hex)).allowed
    assert (await spend(database, Limit("another", 1, 60), key)).allowed


async def test_what_is_given_back_can_be_spent_again_once(database: Database) -> None:
    key = uuid4().hex
    remaining = [(await spend(database, THREE_AN_HOUR, key)).remaining for _ in range(3)]
    assert remaining == [2, 1, 0]
    await give_back(database, THREE_AN_HOUR, key)
    assert (await spend(database, THREE_AN_HOUR, key)).allowed
    assert not (await spend(database, THREE_AN_HOUR, key)).allowed


async def test_giving_back_more_than_was_spent_buys_nothing(database: Database) -> None:
    key = uuid4().hex
    await spend(database, THREE_AN_HOUR, key)
    for _ in range(5):
        await give_back(database, THREE_AN_HOUR, key)
    passed = [(await spend(database, THREE_AN_HOUR, key)).allowed for _ in range(4)]
    assert passed == [True, True, True, False]


async def test_limits_that_have_run_out_are_forgotten_and_others_kept(database: Database) -> None:
    key = uuid4().hex
    await spend(database, THREE_AN_HOUR, key)
    async with database.work() as work:
        await work.execute(
            text("INSERT INTO rate_limits VALUES (:key, now() - interval '1 minute')"),
            {"key": f"old:{key}"},
        )
        await forget_spent_limits(work)
        old = select(func.count()).select_from(RateLimit).where(RateLimit.key == f"old:{key}")
        assert await work.scalar(old) == 0
    assert (await spend(database, THREE_AN_HOUR, key)).remaining == 1
