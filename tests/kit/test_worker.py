import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, select

from cloud.kit import worker as module
from cloud.kit.bells import Bells, ring
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.queue import Claim, LeaseLost, Queue, QueuedWork
from cloud.kit.worker import ClaimWorker, Handle, handle_due, work_forever

PATIENCE = 10


@pytest.fixture
def queue() -> Queue:
    """A queue of this test's own."""
    return Queue(f"worker-{uuid4().hex}")


@pytest.fixture
async def bells(database_url: URL) -> AsyncIterator[Bells]:
    bells = Bells(database_url)
    async with running(bells.run()):
        yield bells


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Handbells:
    """Bells that ring at once, and count how often they did."""

    def __init__(self) -> None:
        self._listener: Callable[[str], None]
        self.rung = 0

    @asynccontextmanager
    async def heard(self, _topic: str, listener: Callable[[str], None]) -> AsyncIterator[None]:
        self._listener = listener
        yield

    def ring(self) -> None:
        self.rung += 1
        self._listener("")


def make_worker(
    database: Database, queue: Queue, handle: Handle, *, slots: int = 2, lease_seconds: float = 60
) -> ClaimWorker:
    return ClaimWorker(queue, handle, database, slots=slots, lease_seconds=lease_seconds)


async def put(database: Database, queue: Queue, count: int = 1) -> None:
    async with database.work() as work:
        for _ in range(count):
            await queue.put(work, new_id(), new_id())


async def rows(database: Database, queue: Queue) -> list[QueuedWork]:
    async with database.work() as work:
        found = await work.session.scalars(select(QueuedWork).where(QueuedWork.queue == queue.name))
        return list(found)


async def test_everything_queued_is_handled_a_few_at_a_time(
    database: Database, queue: Queue, bells: Bells
) -> None:
    at_once, most, done = 0, 0, asyncio.Semaphore(0)

    async def handle(claim: Claim) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        async with database.work() as work:
            await queue.finish(work, claim)
        at_once -= 1
        done.release()

    await put(database, queue, 7)
    async with running(make_worker(database, queue, handle, slots=3).run(bells)):
        async with asyncio.timeout(PATIENCE):
            for _ in range(7):
                await done.acquire()
    assert 1 <= most <= 3
    assert await rows(database, queue) == []


async def test_a_bell_wakes_a_worker_that_waits(
    database: Database, queue: Queue, bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_SECONDS", 3600)
    turns: asyncio.Queue[int] = asyncio.Queue()

    async def turn() -> bool:
        turns.put_nowait(1)
        return False

    async with running(work_forever("test", turn, bells, topic=queue.name)):
        async with asyncio.timeout(PATIENCE):
            await turns.get()
            while turns.empty():  # until the bells are connected
                async with database.work() as work:
                    await ring(work, queue.name)


async def test_a_missed_bell_costs_only_time(
    database: Database, queue: Queue, bells: Bells
) -> None:
    turns = asyncio.Semaphore(0)

    async def turn() -> bool:
        turns.release()
        return False

    async with running(work_forever("test", turn, bells, topic=queue.name, look_every=0.01)):
        async with asyncio.timeout(PATIENCE):
            for _ in range(3):
                await turns.acquire()


async def test_bells_that_ring_one_after_the_other_lead_to_one_turn(queue: Queue) -> None:
    bells = Handbells()
    turns: asyncio.Queue[int] = asyncio.Queue()

    async def turn() -> bool:
        turns.put_nowait(bells.rung)
        return False

    working = work_forever("test", turn, bells, topic=queue.name, look_every=PATIENCE, gather=0.05)  # type: ignore[arg-type]
    async with running(working), asyncio.timeout(PATIENCE):
        assert await turns.get() == 0
        for rung in (3, 6):
            for _ in range(3):
                bells.ring()
                await asyncio.sleep(0)
            assert await turns.get() == rung, "the turn saw all of them"
        assert turns.empty()


async def test_a_turn_that_fails_does_not_stop_the_worker(
    queue: Queue, bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_AFTER_FAILURE_SECONDS", 0)
    turns = asyncio.Semaphore(0)

    async def turn() -> bool:
        turns.release()
        raise ZeroDivisionError

    async with running(work_forever("test", turn, bells, topic=queue.name)):
        async with asyncio.timeout(PATIENCE):
            for _ in range(3):
                await turns.acquire()


async def test_something_that_cannot_be_handled_stays_and_the_rest_goes_on(
    database: Database, queue: Queue
) -> None:
    async def handle(claim: Claim) -> None:
        if claim.id == first:
            raise ZeroDivisionError
        async with database.work() as work:
            await queue.finish(work, claim)

    await put(database, queue, 3)
    first = (await rows(database, queue))[0].id
    worker = make_worker(database, queue, handle, slots=3)
    assert await worker.turn() == 3
    (left,) = await rows(database, queue)
    assert left.id == first
    assert left.lease_token is not None, "it comes back when its lease runs out"


async def test_of_claims_that_are_handled_in_turn_one_that_fails_keeps_no_other_back(
    database: Database, queue: Queue
) -> None:
    async def handle(work: OrganizationWork, claim: Claim) -> None:
        await queue.finish(work, claim)
        if claim.id == broken:
            raise ZeroDivisionError
        if claim.id == lost:
            raise LeaseLost

    await put(database, queue, 4)
    broken, lost = [row.id for row in await rows(database, queue)][:2]
    assert await handle_due(queue, handle, database, limit=4, lease_seconds=60) == 4
    left = await rows(database, queue)
    assert {row.id for row in left} == {broken, lost}
    assert all(row.lease_token for row in left), "they come back when their lease runs out"


async def test_the_lease_is_kept_alive_as_long_as_it_is_handled(
    database: Database, queue: Queue
) -> None:
    """Otherwise another process would do the same a second time."""
    stolen: list[Claim] = []

    async def handle(claim: Claim) -> None:
        before = (await rows(database, queue))[0].due_at
        async with asyncio.timeout(PATIENCE):
            while (await rows(database, queue))[0].due_at <= before:
                stolen.extend(await queue.claim(database, limit=1, lease_seconds=60, after=None))
        async with database.work() as work:
            await queue.finish(work, claim)

    await put(database, queue)
    await make_worker(database, queue, handle, lease_seconds=1.5).turn()
    assert stolen == []
    assert await rows(database, queue) == []


async def test_a_worker_that_is_stopped_gives_back_what_it_holds(
    database: Database, queue: Queue, bells: Bells
) -> None:
    started = asyncio.Event()

    async def handle(_claim: Claim) -> None:
        started.set()
        await asyncio.Event().wait()

    await put(database, queue)
    async with running(make_worker(database, queue, handle).run(bells)):
        await asyncio.wait_for(started.wait(), PATIENCE)
    (claim,) = await queue.claim(database, limit=1, lease_seconds=60, after=None)
    assert claim.attempts == 1


async def test_organizations_take_turns_over_claims(database: Database, queue: Queue) -> None:
    flood, few = sorted([new_id(), new_id()])
    async with database.work() as work:
        for _ in range(20):
            await queue.put(work, new_id(), flood)
        await queue.put(work, new_id(), few)
    served = []

    async def handle(claim: Claim) -> None:
        served.append(claim.organization_id)
        async with database.work() as work:
            await queue.finish(work, claim)

    worker = make_worker(database, queue, handle, slots=1)
    for _ in range(3):
        await worker.turn()
    assert few in served[:2]
