"""Removing old news: only what is old, from the oldest on, and never the newest."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import URL, select, update

from cloud.events import sweeping
from cloud.events.append import EventKind, append
from cloud.events.models import Event
from cloud.events.queries import last_seq, oldest_seq
from cloud.events.sweeping import KEPT, sweep
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.conftest import create_database
from tests.factories import make_user


@pytest.fixture(scope="module")
async def database(server_url: URL, worker_id: str) -> AsyncIterator[Database]:
    """One of its own: a sweep goes through all organizations, and other tests leave thousands."""
    own = Database(create_database(server_url, f"sweeping_{worker_id}"))
    yield own
    await own.dispose()


@pytest.fixture
async def organization_id(database: Database) -> UUID:
    return (await make_user(database)).organization_id


async def tell(database: Database, organization_id: UUID, *, old: int, fresh: int) -> None:
    """So many events of just over a week ago, and then some of just now."""
    async with database.work_for(organization_id) as work:
        for _ in range(old + fresh):
            await append(work, EventKind.CAPTURE_RECEIVED, {}, device_id=None)
        await work.execute(
            update(Event)
            .where(Event.organization_id == organization_id, Event.seq <= old)
            .values(created_at=utc_now() - KEPT - timedelta(minutes=1))
        )


async def numbers(database: Database, organization_id: UUID) -> list[int]:
    async with database.work_for(organization_id) as work:
        found = await work.execute(select(Event.seq).order_by(Event.seq))
        return list(found.scalars())


async def test_what_is_old_goes_and_the_rest_stays(
    database: Database, organization_id: UUID
) -> None:
    await tell(database, organization_id, old=3, fresh=2)
    await sweep(database)
    assert await numbers(database, organization_id) == [4, 5]


async def test_the_newest_stays_however_old(database: Database, organization_id: UUID) -> None:
    await tell(database, organization_id, old=3, fresh=0)
    await sweep(database)
    async with database.work_for(organization_id) as work:
        assert (await oldest_seq(work), await last_seq(work)) == (3, 3)


async def test_a_backlog_goes_in_batches(
    database: Database, organization_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    await tell(database, organization_id, old=5, fresh=1)
    await sweep(database)
    assert await numbers(database, organization_id) == [6]


async def test_an_old_time_behind_a_recent_one_makes_no_gap(
    database: Database, organization_id: UUID
) -> None:
    """As when the clock of the database was set back."""
    await tell(database, organization_id, old=0, fresh=4)
    async with database.work_for(organization_id) as work:
        await work.execute(
            update(Event).where(Event.seq == 3).values(created_at=utc_now() - 2 * KEPT)
        )
    await sweep(database)
    assert await numbers(database, organization_id) == [1, 2, 3, 4]


async def test_an_organization_without_news_is_no_trouble(
    database: Database, organization_id: UUID
) -> None:
    await sweep(database)
    assert await numbers(database, organization_id) == []
