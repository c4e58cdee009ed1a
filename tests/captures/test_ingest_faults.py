"""What fails on the way in: nothing half, nothing twice, never a capture without its picture."""

import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import URL, text

from cloud.captures.images import ImageLimits
from cloud.captures.ingest import Ingested, ingest
from cloud.captures.upload import Upload
from cloud.devices.access import CallingDevice
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Unavailable
from cloud.storage.filesystem import FilesystemStore
from cloud.storage.store import StoreFull
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, make_device, make_organization
from tests.storage.failing_operations import FailingOperations

LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=1_000_000)


HAS_WRITTEN = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")


class ForgetfulDatabase(Database):
    """Commits a capture, and loses the connection before it can say so."""

    @asynccontextmanager
    async def work_for(self, organization_id: UUID) -> AsyncIterator[OrganizationWork]:
        async with super().work_for(organization_id) as work:
            yield work
            has_written = await work.scalar(HAS_WRITTEN)
        if has_written:
            raise Unavailable("database_unavailable", "The answer to the commit was lost.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FilesystemStore]:
    store = FilesystemStore(tmp_path)
    yield store
    store.close()


@pytest.fixture
def full_store(tmp_path: Path) -> Iterator[FilesystemStore]:
    operations = FailingOperations(fail_at=1, number=errno.ENOSPC, for_ever=True)
    store = FilesystemStore(tmp_path, operations=operations)
    yield store
    store.close()


@pytest.fixture
async def device(database: Database) -> SomeDevice:
    return await make_device(database, await make_organization(database))


def make_upload(sequence: int = 1) -> Upload:
    return Upload(
        image=encode(draw()),
        captured_at=utc_now(),
        sequence=sequence,
        spool_id="card",
        idempotency_key=None,
        trigger_id=None,
        trigger_label=None,
        metadata={},
        timing={},
    )


async def take_in(
    database: Database, store: FilesystemStore, device: SomeDevice, upload: Upload
) -> Ingested:
    calling = CallingDevice(device.device_id, device.unit_id, device.organization_id, "127.0.0.1")
    return await ingest(database, store, LIMITS, calling, upload)


async def files_of(store: FilesystemStore, device: SomeDevice) -> list[str]:
    return [stored.key for stored in await store.list_objects(str(device.organization_id))]


async def test_after_a_commit_whose_answer_was_lost_the_picture_is_still_there(
    database: Database, database_url: URL, store: FilesystemStore, device: SomeDevice
) -> None:
    forgetful, upload = ForgetfulDatabase(database_url, pool_size=1), make_upload()
    with pytest.raises(Unavailable):
        await take_in(forgetful, store, device, upload)
    await forgetful.dispose()
    again = await take_in(database, store, device, upload)
    assert not again.created
    files = await files_of(store, device)
    assert [again.document["record_id"] in key for key in files] == [True, True]


async def test_a_repeat_leaves_no_files_of_its_own(
    database: Database, store: FilesystemStore, device: SomeDevice
) -> None:
    upload = make_upload()
    first = await take_in(database, store, device, upload)
    before = await files_of(store, device)
    again = await take_in(database, store, device, upload)
    assert (again.created, again.document["record_id"]) == (False, first.document["record_id"])
    assert await files_of(store, device) == before


async def test_a_repeat_needs_no_room(
    database: Database, store: FilesystemStore, full_store: FilesystemStore, device: SomeDevice
) -> None:
    upload = make_upload()
    first = await take_in(database, store, device, upload)
    again = await take_in(database, full_store, device, upload)
    assert (again.created, again.document["record_id"]) == (False, first.document["record_id"])


async def test_without_room_a_new_upload_is_refused_and_leaves_nothing(
    database: Database, store: FilesystemStore, full_store: FilesystemStore, device: SomeDevice
) -> None:
    with pytest.raises(StoreFull):
        await take_in(database, full_store, device, make_upload())
    assert await files_of(store, device) == []
    assert (await take_in(database, store, device, make_upload())).created


async def test_the_answer_shows_what_a_later_look_shows(
    database: Database, store: FilesystemStore, device: SomeDevice
) -> None:
    upload = make_upload()
    first = await take_in(database, store, device, upload)
    again = await take_in(database, store, device, upload)
    assert first.document == again.document


async def test_a_device_that_nobody_knows_leaves_nothing(
    database: Database, store: FilesystemStore, device: SomeDevice
) -> None:
    stranger = SomeDevice(device.organization_id, uuid4(), device.unit_id, device.key)
    with pytest.raises(Exception, match="fk_captures_device_id"):
        await take_in(database, store, stranger, make_upload())
    assert await files_of(store, device) == []


async def test_an_upload_that_stood_still_too_long_is_not_written_down(
    database: Database, store: FilesystemStore, device: SomeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files may have been swept away meanwhile."""
    monkeypatch.setattr("cloud.captures.ingest.LONGEST_WAY_IN", timedelta(0))
    with pytest.raises(Unavailable, match="upload_too_slow"):
        await take_in(database, store, device, make_upload())
    monkeypatch.undo()
    assert (await take_in(database, store, device, make_upload())).created
