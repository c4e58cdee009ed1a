"""What every store must do. A store's own test file subclasses this and gives a `store` fixture."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cloud.kit.clock import utc_now
from cloud.kit.ids import new_id
from cloud.storage.keys import day_prefix, image_key, thumbnail_key
from cloud.storage.store import Store, StoredObjectMissing

RECEIVED_AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def make_key() -> str:
    return image_key(new_id(), RECEIVED_AT, new_id())


class StoreContract:
    async def test_what_was_put_is_given_back(self, store: Store) -> None:
        key, data = make_key(), bytes(range(256)) * 5000
        await store.put(key, data)
        assert await store.get(key) == data
        assert await store.exists(key)

    async def test_an_empty_object_is_an_object(self, store: Store) -> None:
        key = make_key()
        await store.put(key, b"")
        assert await store.get(key) == b""
        assert await store.exists(key)

    async def test_what_was_never_put_is_missing(self, store: Store) -> None:
        key = make_key()
        assert not await store.exists(key)
        with pytest.raises(StoredObjectMissing):
            await store.get(key)

    async def test_a_neighbour_does_not_make_it_exist(self, store: Store) -> None:
        organization, record = new_id(), new_id()
        await store.put(thumbnail_key(organization, RECEIVED_AT, record), b"small")
        assert not await store.exists(image_key(organization, RECEIVED_AT, record))

    async def test_a_day_is_not_an_object(self, store: Store) -> None:
        organization = new_id()
        await store.put(image_key(organization, RECEIVED_AT, new_id()), b"picture")
        assert not await store.exists(day_prefix(organization, RECEIVED_AT))

    async def test_a_second_put_replaces_the_first(self, store: Store) -> None:
        key = make_key()
        await store.put(key, b"first and longer")
        await store.put(key, b"second")
        assert await store.get(key) == b"second"

    async def test_deleting_is_the_end_of_it_and_may_be_repeated(self, store: Store) -> None:
        key = make_key()
        await store.put(key, b"picture")
        await store.delete(key)
        assert not await store.exists(key)
        await store.delete(key)

    async def test_a_day_lists_its_objects_and_no_others(self, store: Store) -> None:
        organization, record = new_id(), new_id()
        image = image_key(organization, RECEIVED_AT, record)
        thumbnail = thumbnail_key(organization, RECEIVED_AT, record)
        await store.put(image, b"picture")
        await store.put(thumbnail, b"small")
        await store.put(image_key(organization, RECEIVED_AT + timedelta(days=1), record), b"later")
        await store.put(make_key(), b"another's")
        listed = await store.list_objects(day_prefix(organization, RECEIVED_AT))
        assert [(one.key, one.size) for one in listed] == [(image, 7), (thumbnail, 5)]
        assert all(abs(utc_now() - one.modified_at) < timedelta(minutes=5) for one in listed)
        assert len(await store.list_objects(str(organization))) == 3

    async def test_an_unknown_prefix_lists_nothing(self, store: Store) -> None:
        assert await store.list_objects(str(new_id())) == ()

    async def test_many_at_once_keep_apart(self, store: Store) -> None:
        organization = new_id()
        keys = [image_key(organization, RECEIVED_AT, new_id()) for _ in range(40)]
        await asyncio.gather(*(store.put(key, key.encode()) for key in keys))
        assert await asyncio.gather(*(store.get(key) for key in keys)) == [
            key.encode() for key in keys
        ]

    @pytest.mark.parametrize(
        "key",
        ["", "/", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", ".hidden", "a/.b", "a\0b",
         "a\\b", "a b", "é", "a/b\n", "a..b", "x" * 201],
    )  # fmt: skip
    async def test_a_key_that_is_none_of_ours_is_refused(self, store: Store, key: str) -> None:
        for attempt in (
            store.put(key, b"x"),
            store.get(key),
            store.exists(key),
            store.delete(key),
            store.list_objects(key),
        ):
            with pytest.raises(ValueError, match="not a key"):
                await attempt

    async def test_a_store_that_works_says_so_and_leaves_nothing(self, store: Store) -> None:
        health = await store.health()
        assert health.healthy
        assert health.reason is None

    async def test_sweeping_takes_no_object(self, store: Store) -> None:
        key = make_key()
        await store.put(key, b"picture")
        assert await store.sweep() == 0
        assert await store.get(key) == b"picture"
