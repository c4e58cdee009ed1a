import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.kit.queue import Claim, LeaseLost, Queue, QueuedWork

LONG = 60


@pytest.fixture
def queue() -> Queue:
    """A queue of this test's own."""
    return Queue(f"queue-{uuid4().hex}")


async def put(
    database: Database, queue: Queue, organization_id: UUID, count: int = 1, delay: float = 0
) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    async with database.work() as work:
        for each in ids:
            await queue.put(work, each, organization_id, delay_seconds=delay)
    return ids


async def claim(
    database: Database, queue: Queue, limit: int = 1, *, after: UUID | None = None
) -> list[Claim]:
    return await queue.claim(database, limit=limit, lease_seconds=LONG, after=after)


async def let_leases_run_out(database: Database, queue: Queue) -> None:
    async with database.work() as work:
        await work.execute(
            text("UPDATE queued_work SET due_at = now() - interval '1 s' WHERE queue = :queue"),
            {"queue": queue.name},
        )


async def rows(database: Database, queue: Queue) -> list[QueuedWork]:
    async with database.work() as work:
        found = await work.session.scalars(select(QueuedWork).where(QueuedWork.queue == queue.name))
        return list(found)


@pytest.fixture
async def one(database: Database, queue: Queue) -> Claim:
    """A claim on the only row of the queue."""
    await put(database, queue, new_id())
    (held,) = await claim(database, queue)
    return held


async def test_three_of_one_organization_do_not_wait_behind_five_hundred_of_another(
    database: Database, queue: Queue
) -> None:
    flood, few = new_id(), new_id()
    await put(database, queue, flood, 500)
    waiting = set(await put(database, queue, few, 3))
    after: UUID | None = None
    for _ in range(6):
        (held,) = await claim(database, queue, after=after)
        after = held.organization_id
        waiting.discard(held.id)
    assert not waiting


async def test_one_claim_of_several_takes_of_each_organization_in_turn(
    database: Database, queue: Queue
) -> None:
    organizations = sorted(new_id() for _ in range(3))
    for each in organizations:
        await put(database, queue, each, 4)
    held = await claim(database, queue, 7)
    assert [each.organization_id for each in held] == [
        *organizations,
        *organizations,
        organizations[0],
    ]


async def test_within_an_organization_what_waits_longest_comes_first(
    database: Database, queue: Queue
) -> None:
    ids = await put(database, queue, new_id(), 5)
    assert [each.id for each in await claim(database, queue, 5)] == ids


async def test_claimers_at_once_never_hold_the_same(database: Database, queue: Queue) -> None:
    organizations = [new_id() for _ in range(3)]
    ids = {each for one in organizations for each in await put(database, queue, one, 10)}
    held: list[Claim] = []

    async def take_all() -> None:
        for _ in range(20):
            held.extend(await claim(database, queue, 3))

    await asyncio.gather(*(take_all() for _ in range(4)))
    assert len(held) == len(ids)
    assert {each.id for each in held} == ids


async def test_what_is_claimed_is_not_claimed_again_before_its_lease_runs_out(
    database: Database, queue: Queue, one: Claim
) -> None:
    assert await claim(database, queue) == []
    await let_leases_run_out(database, queue)
    (again,) = await claim(database, queue)
    assert (again.id, again.attempts) == (one.id, 2)
    assert again.lease_token != one.lease_token


async def test_a_lost_lease_can_neither_finish_nor_retry_nor_extend_nor_give_back(
    database: Database, queue: Queue, one: Claim
) -> None:
    await let_leases_run_out(database, queue)
    await claim(database, queue)
    async with database.work() as work:
        with pytest.raises(LeaseLost):
            await queue.finish(work, one)
        with pytest.raises(LeaseLost):
            await queue.retry(work, one, 1)
        with pytest.raises(LeaseLost):
            await queue.give_back(work, one)
    with pytest.raises(LeaseLost):
        await queue.extend(database, one, LONG)
    assert len(await rows(database, queue)) == 1


async def test_a_finished_row_is_gone(database: Database, queue: Queue, one: Claim) -> None:
    async with database.work() as work:
        await queue.finish(work, one)
    assert await rows(database, queue) == []


async def test_a_retry_waits_and_counts(database: Database, queue: Queue, one: Claim) -> None:
    async with database.work() as work:
        await queue.retry(work, one, LONG)
    assert await claim(database, queue) == []
    await let_leases_run_out(database, queue)
    (again,) = await claim(database, queue)
    assert again.attempts == one.attempts + 1


async def test_what_is_given_back_is_due_at_once_and_not_counted(
    database: Database, queue: Queue, one: Claim
) -> None:
    async with database.work() as work:
        await queue.give_back(work, one)
    (again,) = await claim(database, queue)
    assert (again.id, again.attempts) == (one.id, 1)


async def test_an_extended_lease_outlives_the_first(
    database: Database, queue: Queue, one: Claim
) -> None:
    (before,) = await rows(database, queue)
    await queue.extend(database, one, 10 * LONG)
    (after,) = await rows(database, queue)
    assert after.due_at > before.due_at


async def test_what_is_put_in_a_rolled_back_transaction_was_never_there(
    database: Database, queue: Queue
) -> None:
    async with database.work() as work:
        await queue.put(work, new_id(), new_id())
        await work.session.rollback()
    assert await rows(database, queue) == []


async def test_what_is_put_again_starts_anew_and_ends_the_lease(
    database: Database, queue: Queue, one: Claim
) -> None:
    async with database.work() as work:
        await queue.put(work, one.id, one.organization_id)
    (again,) = await claim(database, queue)
    assert (again.id, again.attempts) == (one.id, 1)
    async with database.work() as work:
        with pytest.raises(LeaseLost):
            await queue.finish(work, one)


async def test_what_is_put_for_later_waits(database: Database, queue: Queue) -> None:
    await put(database, queue, new_id(), delay=LONG)
    assert await claim(database, queue) == []


async def test_what_is_forgotten_is_gone_whoever_holds_it(
    database: Database, queue: Queue, one: Claim
) -> None:
    async with database.work() as work:
        await queue.forget(work, one.id)
    assert await rows(database, queue) == []


async def test_queues_keep_apart(database: Database, queue: Queue) -> None:
    await put(database, queue, new_id())
    assert await claim(database, Queue(f"other-{uuid4().hex}")) == []
