"""The store on disk: the contract, and what a dying, full or tampered disk does to it."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.kit.errors import Problem
from cloud.storage.durable_files import TEMPORARY_PREFIX
from cloud.storage.filesystem import LEFTOVER_SECONDS, FilesystemStore
from cloud.storage.store import StoredObjectMissing, StoreFull, StoreUnavailable
from tests.storage.failing_operations import PIECE, FailingOperations
from tests.storage.store_contract import StoreContract, make_key

DATA = bytes(3 * PIECE)
FAILURES: list[tuple[int, type[Problem]]] = [
    (errno.EIO, StoreUnavailable),
    (errno.ENOSPC, StoreFull),
    (errno.EDQUOT, StoreFull),
]
DIRECTORIES = ["make directory", "sync", "open directory"] * 4
FILE = ["create", "write", "write", "write", "sync", "close", "rename", "sync"]


@pytest.fixture
def operations() -> FailingOperations:
    return FailingOperations()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(root: Path, operations: FailingOperations) -> Iterator[FilesystemStore]:
    store = FilesystemStore(root, operations=operations)
    yield store
    store.close()


def files_under(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if path.is_file()]


def remove(directory: Path) -> None:
    directory.rmdir()


class TestFilesystemStore(StoreContract):
    """The contract of every store."""


async def test_a_put_syncs_the_file_before_its_name_and_every_directory_after(
    store: FilesystemStore, operations: FailingOperations
) -> None:
    key = make_key()
    await store.put(key, DATA)
    assert operations.calls == DIRECTORIES + FILE
    operations.calls.clear()
    await store.put(key.replace(".jpg", ".thumb.jpg"), DATA)
    assert operations.calls == ["open directory"] * 4 + FILE


async def test_a_directory_made_by_another_process_is_synced_too(
    root: Path, store: FilesystemStore, operations: FailingOperations
) -> None:
    key = make_key()
    (root / key).parent.mkdir(parents=True)
    await store.put(key, DATA)
    assert operations.calls == DIRECTORIES + FILE


async def test_a_directory_removed_meanwhile_is_made_again(
    root: Path, store: FilesystemStore
) -> None:
    key = make_key()
    await store.put(key, DATA)
    await store.delete(key)
    for directory in list((root / key).parents)[:4]:
        directory.rmdir()
    await store.put(key, DATA)
    assert await store.get(key) == DATA


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("fail_at", range(1, len(DIRECTORIES + FILE) + 1))
async def test_a_put_that_fails_anywhere_leaves_nothing_and_may_be_repeated(
    root: Path,
    store: FilesystemStore,
    operations: FailingOperations,
    failure: tuple[int, type[Problem]],
    fail_at: int,
) -> None:
    number, error = failure
    operations.fail_at, operations.number = fail_at, number
    key = make_key()
    with pytest.raises(error):
        await store.put(key, DATA)
    assert files_under(root) == []
    assert not await store.exists(key)
    await store.put(key, DATA)
    assert await store.get(key) == DATA
    assert files_under(root) == [Path(key).name]


@pytest.mark.parametrize("fail_at", range(1, len(DIRECTORIES + FILE)))
async def test_a_disk_that_stays_broken_shows_no_part_of_an_object(
    store: FilesystemStore, operations: FailingOperations, fail_at: int
) -> None:
    operations.fail_at, operations.number, operations.for_ever = fail_at, errno.EIO, True
    key = make_key()
    with pytest.raises(StoreUnavailable):
        await store.put(key, DATA)
    operations.fail_at = 0
    assert not await store.exists(key)
    with pytest.raises(StoredObjectMissing):
        await store.get(key)


async def test_a_failed_put_is_trouble_until_health_has_written(
    store: FilesystemStore, operations: FailingOperations
) -> None:
    operations.fail_at, operations.number = 1, errno.EIO
    with pytest.raises(StoreUnavailable):
        await store.put(make_key(), DATA)
    told = [store.trouble]
    await store.put(make_key(), DATA)
    told.append(store.trouble)
    await store.health()
    told.append(store.trouble)
    reason = f"the disk says: {os.strerror(errno.EIO)}"
    assert told == [reason, reason, None]


async def test_health_says_why_it_cannot_write(
    root: Path, store: FilesystemStore, operations: FailingOperations
) -> None:
    operations.fail_at, operations.number = 1, errno.ENOSPC
    health = await store.health()
    assert not health.healthy
    assert health.reason == f"the disk says: {os.strerror(errno.ENOSPC)}"
    recovered = await store.health()
    assert recovered.healthy
    assert (recovered.free_bytes or 0) > 0
    assert files_under(root) == []


async def test_a_root_that_vanished_is_unavailable_and_not_made_again(
    root: Path, store: FilesystemStore
) -> None:
    remove(root)
    for attempt in (store.get(make_key()), store.put(make_key(), DATA), store.exists(make_key())):
        with pytest.raises(StoreUnavailable):
            await attempt
    assert not (await store.health()).healthy
    assert files_under(root.parent) == []


def test_a_root_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        FilesystemStore(tmp_path / "file" / "objects")


async def test_no_link_is_followed(root: Path, store: FilesystemStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    (root / "linked").symlink_to(outside)
    (root / "secret.jpg").symlink_to(outside / "secret.jpg")
    for key in ("linked/secret.jpg", "secret.jpg"):
        assert not await store.exists(key)
        with pytest.raises(StoredObjectMissing):
            await store.get(key)
    with pytest.raises(StoreUnavailable):
        await store.put("linked/new.jpg", DATA)
    assert [path.name for path in outside.iterdir()] == ["secret.jpg"]


async def test_objects_are_for_the_process_alone(root: Path, store: FilesystemStore) -> None:
    key = make_key()
    await store.put(key, DATA)
    assert (root / key).stat().st_mode & 0o077 == 0
    assert (root / key).parent.stat().st_mode & 0o077 == 0


async def test_only_old_leftovers_are_swept(root: Path, store: FilesystemStore) -> None:
    key = make_key()
    await store.put(key, DATA)
    old, fresh = ((root / key).with_name(TEMPORARY_PREFIX + name) for name in ("old", "fresh"))
    for leftover, age in ((old, LEFTOVER_SECONDS + 5), (fresh, LEFTOVER_SECONDS - 30)):
        leftover.write_bytes(b"half")
        written_at = leftover.stat().st_mtime - age
        os.utime(leftover, (written_at, written_at))
    assert await store.sweep() == 1
    assert sorted(files_under(root)) == sorted([fresh.name, Path(key).name])


async def test_leftovers_are_not_listed(root: Path, store: FilesystemStore) -> None:
    key = make_key()
    await store.put(key, DATA)
    (root / key).with_name(TEMPORARY_PREFIX + "x").write_bytes(b"half")
    assert [one.key for one in await store.list_objects(key.split("/")[0])] == [key]
