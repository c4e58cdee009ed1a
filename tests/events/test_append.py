import asyncio
from uuid import UUID

from cloud.events.append import EventKind, append
from cloud.events.queries import last_seq, news_after, oldest_seq
from cloud.kit.database import Database
from tests.factories import make_organization
from tests.waiting import SOMEBODY_WAITS

KIND = EventKind.CAPTURE_RECEIVED


async def append_one(database: Database, organization_id: UUID, *, fail: bool = False) -> int:
    async with database.work_for(organization_id) as work:
        seq = await append(work, KIND, {"n": 1}, device_id=None)
        if fail:
            await work.session.rollback()
    return seq


async def numbers(database: Database, organization_id: UUID) -> list[int]:
    async with database.work_for(organization_id) as work:
        return [news.seq for news in await news_after(work, 0, limit=1000)]


async def test_numbers_have_no_gap_however_many_append_at_once_and_fail(
    database: Database,
) -> None:
    organization_id = await make_organization(database)
    await asyncio.gather(
        *(append_one(database, organization_id, fail=number % 3 == 0) for number in range(30))
    )
    assert await numbers(database, organization_id) == list(range(1, 21))
    async with database.work_for(organization_id) as work:
        assert await last_seq(work) == 20
        assert await oldest_seq(work) == 1


async def test_whoever_sees_a_number_sees_all_before_it(database: Database) -> None:
    """Numbers are given in the order of commits: the second waits for the first."""
    organization_id = await make_organization(database)
    async with database.work_for(organization_id) as first:
        assert await append(first, KIND, {"n": 1}, device_id=None) == 1
        second = asyncio.create_task(append_one(database, organization_id))
        while not await first.scalar(SOMEBODY_WAITS):
            assert not second.done()
    assert await second == 2
    assert await numbers(database, organization_id) == [1, 2]


async def test_every_organization_counts_for_itself(database: Database) -> None:
    one, other = await make_organization(database), await make_organization(database)
    assert await append_one(database, one) == 1
    assert await append_one(database, one) == 2
    assert await append_one(database, other) == 1
    assert await numbers(database, other) == [1]
