from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from cloud.captures.deletion import bury
from cloud.captures.documents import capture_document
from cloud.captures.models import Capture, State
from cloud.events.append import EventKind, append
from cloud.kit.database import Database
from cloud.watch.day_counts import Counts, DayCounts
from cloud.watch.queries import list_all_sightings
from tests.factories import SomeDevice, make_capture, make_device, make_organization

NOON = datetime(2026, 11, 22, 12, 20, tzinfo=UTC)


@pytest.fixture
async def camera(database: Database) -> SomeDevice:
    return await make_device(database, await make_organization(database))


async def take(
    database: Database, camera: SomeDevice, hours: float, state: State = State.NORMAL
) -> Capture:
    """A judged capture of so many hours before noon, and the news of it."""
    capture = await make_capture(
        database, camera, state=state, captured_at=NOON - timedelta(hours=hours)
    )
    await tell(database, capture, EventKind.CAPTURE_EVALUATED)
    return capture


async def tell(database: Database, capture: Capture, kind: EventKind) -> None:
    async with database.work_for(capture.organization_id) as work:
        await append(work, kind, capture_document(capture), device_id=capture.unit_id)


async def read(
    counts: DayCounts, database: Database, camera: SomeDevice, now: datetime = NOON
) -> Mapping[UUID, Counts]:
    async with database.work_for(camera.organization_id) as work:
        return await counts.read(work, now)


async def counted_plainly(database: Database, camera: SomeDevice, now: datetime) -> Counts:
    async with database.work_for(camera.organization_id) as work:
        (sighting,) = await list_all_sightings(work, now=now)
    return sighting.counts


async def test_what_is_remembered_stays_what_a_plain_count_says(
    camera: SomeDevice, database: Database
) -> None:
    """Through late arrivals, a deletion, a clock that runs ahead, and the hours of two days."""
    counts = DayCounts()
    for hours in (0.1, 0.5, 3, 23.7, 23.9, 24.1, -0.5):
        await take(database, camera, hours)
    late = await take(database, camera, 5, State.ABNORMAL)
    for later in range(30):
        now = NOON + timedelta(hours=later, minutes=7 * later)
        if later == 2:
            await take(database, camera, 4)
        if later == 4:
            async with database.work_for(camera.organization_id) as work:
                await bury(work, [late.id])
        counted = (await read(counts, database, camera, now)).get(camera.device_id, Counts(0, 0, 0))
        assert counted == await counted_plainly(database, camera, now), later


async def test_an_hour_that_is_over_is_not_counted_again(
    camera: SomeDevice, database: Database
) -> None:
    """Seen by a change that was told to nobody; the news of it makes it count."""
    counts = DayCounts()
    capture = await take(database, camera, 3)
    assert (await read(counts, database, camera))[camera.device_id] == (1, 1, 0)
    async with database.work_for(camera.organization_id) as work:
        await work.execute(
            update(Capture).where(Capture.id == capture.id).values(state=State.ABNORMAL)
        )
    assert (await read(counts, database, camera))[camera.device_id] == (1, 1, 0)
    await tell(database, capture, EventKind.CAPTURE_EVALUATED)
    assert (await read(counts, database, camera))[camera.device_id] == (1, 1, 1)


async def test_organizations_do_not_count_for_each_other(
    camera: SomeDevice, database: Database
) -> None:
    other = await make_device(database, await make_organization(database))
    await take(database, other, 1)
    counts = DayCounts()
    assert await read(counts, database, camera) == {}
    assert set(await read(counts, database, other)) == {other.device_id}
