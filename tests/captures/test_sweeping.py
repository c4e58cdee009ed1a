"""Sweeping the store: what is nobody's goes, and nothing that may be somebody's."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from cloud.captures.ingest import LONGEST_WAY_IN
from cloud.captures.models import Capture
from cloud.captures.sweeping import OLD_ENOUGH, sweep
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.storage.durable_files import TEMPORARY_PREFIX
from cloud.storage.filesystem import FilesystemStore
from cloud.storage.keys import day_prefix, image_key, thumbnail_key
from tests.factories import SomeDevice, make_capture, make_device, make_user

OLD = OLD_ENOUGH + timedelta(minutes=1)
YOUNG = OLD_ENOUGH - timedelta(minutes=1)


class Shelf:
    """One organization's files in a store of their own."""

    def __init__(self, database: Database, root: Path, device: SomeDevice) -> None:
        self.database = database
        self.store = FilesystemStore(root)
        self.root = root
        self.device = device

    async def put(self, record_id: UUID, received_at: datetime, age: timedelta = OLD) -> set[str]:
        """Picture and thumbnail as they were stored so long ago; their keys."""
        organization_id = self.device.organization_id
        keys = {
            make(organization_id, received_at, record_id) for make in (image_key, thumbnail_key)
        }
        for key in keys:
            await self.store.put(key, b"picture")
            self.make_older(key, age)
        return keys

    def make_older(self, key: str, age: timedelta) -> None:
        moment = (utc_now() - age).timestamp()
        os.utime(self.root / key, (moment, moment))

    async def put_capture(self, received_at: datetime | None = None) -> set[str]:
        capture = await make_capture(self.database, self.device, received_at=received_at)
        return await self.put(capture.id, capture.received_at)

    async def put_stray(self, days_ago: int = 0, age: timedelta = OLD) -> set[str]:
        return await self.put(new_id(), utc_now() - timedelta(days=days_ago), age)

    async def keys(self) -> set[str]:
        return {one.key for one in await self.store.list_objects(str(self.device.organization_id))}

    async def sweep(self) -> None:
        await sweep(self.database, self.store)


@pytest.fixture
async def device(database: Database) -> SomeDevice:
    return await make_device(database, (await make_user(database)).organization_id)


@pytest.fixture
def shelf(database: Database, device: SomeDevice, tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(database, tmp_path, device)
    yield shelf
    shelf.store.close()


async def test_files_without_a_capture_go_and_those_with_one_stay(shelf: Shelf) -> None:
    kept = await shelf.put_capture() | await shelf.put_capture()
    await shelf.put_stray()
    await shelf.sweep()
    assert await shelf.keys() == kept


async def test_files_of_an_upload_that_may_be_under_way_stay(shelf: Shelf) -> None:
    kept = await shelf.put_capture() | await shelf.put_stray(age=YOUNG)
    await shelf.sweep()
    assert await shelf.keys() == kept


def test_no_upload_is_under_way_for_so_long() -> None:
    assert LONGEST_WAY_IN < OLD_ENOUGH


async def test_files_of_a_buried_capture_are_left_to_its_deletion(shelf: Shelf) -> None:
    kept = await shelf.put_capture()
    async with shelf.database.work_for(shelf.device.organization_id) as work:
        await work.execute(update(Capture).values(deleted_at=utc_now()))
    await shelf.sweep()
    assert await shelf.keys() == kept


async def test_a_database_without_captures_removes_no_file_of_a_full_store(shelf: Shelf) -> None:
    kept = await shelf.put_stray() | await shelf.put_stray() | await shelf.put_stray()
    await shelf.sweep()
    assert await shelf.keys() == kept


async def test_more_than_half_are_not_removed_and_half_are(shelf: Shelf) -> None:
    capture = await shelf.put_capture()
    strays = await shelf.put_stray() | await shelf.put_stray()
    await shelf.sweep()
    assert await shelf.keys() == capture | strays
    another = await shelf.put_capture()
    await shelf.sweep()
    assert await shelf.keys() == capture | another


async def test_a_refusal_is_in_the_log(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    await shelf.put_stray()
    await shelf.sweep()
    said = "".join(capsys.readouterr())
    assert "sweep_refused" in said
    assert str(shelf.device.organization_id) in said


async def test_one_organizations_refusal_does_not_keep_anothers_strays(
    shelf: Shelf, database: Database, tmp_path: Path
) -> None:
    wrong = await shelf.put_stray()
    other_device = await make_device(database, (await make_user(database)).organization_id)
    other = Shelf(database, tmp_path, other_device)
    kept = await other.put_capture()
    await other.put_stray()
    await shelf.sweep()
    assert await shelf.keys() == wrong
    assert await other.keys() == kept
    other.store.close()


async def test_only_the_last_three_days_are_looked_at(shelf: Shelf) -> None:
    kept = await shelf.put_capture() | await shelf.put_capture()
    recent, long_ago = await shelf.put_stray(days_ago=2), await shelf.put_stray(days_ago=3)
    await shelf.sweep()
    assert await shelf.keys() == kept | long_ago
    assert not recent & await shelf.keys()


async def test_what_is_no_captures_file_is_left_alone(shelf: Shelf) -> None:
    kept = await shelf.put_capture()
    note = f"{day_prefix(shelf.device.organization_id, utc_now())}/note.txt"
    await shelf.store.put(note, b"by hand")
    shelf.make_older(note, OLD)
    await shelf.sweep()
    assert await shelf.keys() == kept | {note}


async def test_what_unfinished_puts_left_goes(shelf: Shelf) -> None:
    (key, _) = await shelf.put_capture()
    left = str(Path(key).with_name(f"{TEMPORARY_PREFIX}0123"))
    (shelf.root / left).write_bytes(b"half a pict")
    shelf.make_older(left, OLD)
    await shelf.sweep()
    assert not (shelf.root / left).exists()
