"""Erasing a released camera's captures: all of them, none of another, and no late one stays."""

from asyncio import CancelledError
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import URL, func, select, update

from cloud.captures.deletion import CAPTURE_DELETIONS, remove_buried
from cloud.captures.erasure import CAPTURES_AT_ONCE, LEASE_SECONDS, take_erasure_turn
from cloud.captures.images import ImageLimits
from cloud.captures.ingest import EVALUATIONS, ingest
from cloud.captures.models import Capture, State
from cloud.captures.upload import Upload
from cloud.devices.access import CallingDevice
from cloud.events.models import Event
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Unauthenticated
from cloud.kit.queue import QueuedWork
from cloud.storage.filesystem import FilesystemStore
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, Someone, make_capture, make_device, make_user, signed_in


class DyingDatabase(Database):
    """As a process that dies before its work for an organization is committed."""

    @asynccontextmanager
    async def work_for(self, organization_id: UUID) -> AsyncIterator[OrganizationWork]:
        async with super().work_for(organization_id) as work:
            yield work
            raise CancelledError


@pytest.fixture
async def owner(database: Database) -> Someone:
    return await make_user(database)


@pytest.fixture
async def device(database: Database, owner: Someone) -> SomeDevice:
    return await make_device(database, owner.organization_id)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FilesystemStore]:
    store = FilesystemStore(tmp_path)
    yield store
    store.close()


async def release(base_url: str, owner: Someone, device: SomeDevice, query: str) -> None:
    async with signed_in(base_url, owner) as client:
        answer = await client.delete(f"/v1/devices/{device.unit_id}{query}")
    assert answer.status_code == 204


async def erase_all(database: Database) -> None:
    while await take_erasure_turn(database):
        pass


async def captures_of(database: Database, device: SomeDevice) -> set[UUID]:
    """Those that can still be seen."""
    async with database.work_for(device.organization_id) as work:
        rows = await work.execute(
            select(Capture.id).where(
                Capture.device_id == device.device_id, Capture.deleted_at.is_(None)
            )
        )
        return set(rows.scalars())


async def queued(database: Database, queue: str, organization_id: UUID) -> set[UUID]:
    async with database.work() as work:
        rows = await work.execute(
            select(QueuedWork.id).where(
                QueuedWork.queue == queue, QueuedWork.organization_id == organization_id
            )
        )
        return set(rows.scalars())


async def test_all_captures_of_the_camera_go_and_those_of_others_stay(
    database: Database, base_url: str, owner: Someone, device: SomeDevice, store: FilesystemStore
) -> None:
    other = await make_device(database, owner.organization_id)
    gone = {(await make_capture(database, device)).id for _ in range(CAPTURES_AT_ONCE + 3)}
    kept = await make_capture(database, other, state=State.NORMAL)
    await release(base_url, owner, device, "?captures=delete")
    await erase_all(database)
    assert await captures_of(database, device) == set()
    assert await captures_of(database, other) == {kept.id}
    assert await queued(database, CAPTURE_DELETIONS.name, owner.organization_id) == gone
    assert await queued(database, "device_erasure", owner.organization_id) == set()
    while await remove_buried(database, store):
        pass
    async with database.work_for(owner.organization_id) as work:
        assert await work.scalar(select(func.count()).select_from(Capture)) == 1


async def test_it_goes_on_after_a_crash_and_buries_nothing_twice(
    database: Database, database_url: URL, base_url: str, owner: Someone, device: SomeDevice
) -> None:
    record_ids = [(await make_capture(database, device)).id for _ in range(CAPTURES_AT_ONCE + 1)]
    await release(base_url, owner, device, "?captures=delete")
    dying = DyingDatabase(database_url, pool_size=1)
    with pytest.raises(CancelledError):
        await take_erasure_turn(dying)
    await dying.dispose()
    assert await captures_of(database, device) == set(record_ids)
    await let_leases_run_out(database)
    await erase_all(database)
    assert await captures_of(database, device) == set()
    async with database.work_for(owner.organization_id) as work:
        told = await work.execute(select(Event.data).where(Event.kind == "capture.deleted"))
        told_ids = [data["record_id"] for data in told.scalars()]
    assert sorted(told_ids) == sorted(str(record_id) for record_id in record_ids)


async def let_leases_run_out(database: Database) -> None:
    async with database.work() as work:
        await work.execute(
            update(QueuedWork)
            .where(QueuedWork.queue == "device_erasure")
            .values(due_at=QueuedWork.due_at - timedelta(seconds=LEASE_SECONDS))
        )


async def test_an_evaluation_that_waits_is_taken_off_the_queue(
    database: Database, base_url: str, owner: Someone, device: SomeDevice
) -> None:
    capture = await make_capture(database, device)
    async with database.work_for(owner.organization_id) as work:
        await EVALUATIONS.put(work, capture.id, owner.organization_id)
    await release(base_url, owner, device, "?captures=delete")
    await erase_all(database)
    assert await queued(database, EVALUATIONS.name, owner.organization_id) == set()


async def test_a_release_without_the_wish_erases_nothing(
    database: Database, base_url: str, owner: Someone, device: SomeDevice
) -> None:
    capture = await make_capture(database, device)
    await release(base_url, owner, device, "")
    await erase_all(database)
    assert await captures_of(database, device) == {capture.id}


async def test_an_upload_that_was_under_way_during_the_release_is_refused_and_leaves_nothing(
    database: Database, base_url: str, owner: Someone, device: SomeDevice, store: FilesystemStore
) -> None:
    calling = CallingDevice(device.device_id, device.unit_id, device.organization_id, "127.0.0.1")
    upload = Upload(encode(draw()), utc_now(), 1, "card", None, None, None, {}, {})
    await release(base_url, owner, device, "?captures=delete")
    with pytest.raises(Unauthenticated, match="device_key_invalid"):
        await ingest(database, store, ImageLimits(100_000, 100_000), calling, upload)
    assert await captures_of(database, device) == set()
    assert await store.list_objects(str(owner.organization_id)) == ()
