"""Which pictures of many equal ones are kept, and what is left of those that are not."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from cloud.captures.models import Capture, DispositionVerdict, EvaluationStatus, State
from cloud.captures.thinning import (
    IMAGE_REMOVALS,
    Kept,
    choose_surplus,
    let_images_go,
    remove_images,
)
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.kit.queue import QueuedWork
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import StoredObjectMissing
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, Someone, loopback_client, make_device, make_user
from tests.waiting import SOMEBODY_WAITS

N, A, U = State.NORMAL, State.ABNORMAL, State.UNCERTAIN


def row(*states: State | None) -> list[Kept]:
    return [Kept(new_id(), state) for state in states]


def drawn(captures: Sequence[Kept], surplus: Sequence[UUID]) -> str:
    """One letter a capture: k for kept, . for let go or gone already."""
    gone = set(surplus)
    return "".join("k" if one.image_stored and one.id not in gone else "." for one in captures)


def thin(captures: Sequence[Kept], threshold: int = 3, keep_every: int = 4) -> str:
    surplus = choose_surplus(captures, threshold=threshold, keep_every=keep_every)
    return drawn(captures, surplus)


def test_of_a_long_row_the_first_few_are_kept_and_then_one_in_so_many() -> None:
    assert thin(row(*[N] * 14)) == "kkk...k...k..."


def test_keeping_every_one_lets_none_go() -> None:
    assert thin(row(*[N] * 9), keep_every=1) == "k" * 9


@pytest.mark.parametrize("other", [A, U, None])
def test_anything_else_is_kept_and_begins_a_new_row(other: State | None) -> None:
    assert thin(row(*[N] * 5, other, *[N] * 5)) == "kkk..kkkk.."


def test_what_is_needed_is_kept_and_counts_as_the_one_in_so_many() -> None:
    captures = row(*[N] * 10)
    captures[5] = Kept(new_id(), N, needed=True)
    assert thin(captures) == "kkk..k...k"


def test_asked_again_it_lets_no_more_go() -> None:
    captures = row(*[N] * 30)
    first = set(choose_surplus(captures, threshold=3, keep_every=4))
    after = [Kept(one.id, one.state, one.id not in first) for one in captures]
    assert choose_surplus(after, threshold=3, keep_every=4) == []
    for begin in range(20):
        assert choose_surplus(after[begin:], threshold=3, keep_every=4) == []


def test_one_after_the_other_comes_to_the_same() -> None:
    captures: list[Kept] = []
    for _ in range(30):
        captures.append(Kept(new_id(), N))
        last = captures[-(3 + 4 + 1) :]
        surplus = choose_surplus(last, threshold=3, keep_every=4)
        if captures[-1].id in surplus:
            captures[-1] = Kept(captures[-1].id, N, image_stored=False)
    assert drawn(captures, []) == thin(row(*[N] * 30))


@pytest.fixture
async def owner(database: Database) -> Someone:
    return await make_user(database)


@pytest.fixture
async def device(database: Database, owner: Someone) -> SomeDevice:
    return await make_device(database, owner.organization_id)


async def upload(base_url: str, device: SomeDevice) -> UUID:
    async with loopback_client(base_url=base_url, timeout=30) as client:
        answer = await client.post(
            "/v1/captures",
            headers=device.headers,
            files={"image": encode(draw())},
            data={"captured_at": "2026-11-22T07:30:00Z"},
        )
    return UUID(answer.json()["record_id"])


async def change(database: Database, device: SomeDevice, record_id: UUID, **values: Any) -> None:
    async with database.work_for(device.organization_id) as work:
        await work.execute(update(Capture).where(Capture.id == record_id).values(**values))


JUDGED = {"evaluation_status": EvaluationStatus.COMPLETED, "state": State.NORMAL}


async def let_go(database: Database, device: SomeDevice, record_id: UUID) -> int:
    return await let_all_go(database, device, [record_id])


async def let_all_go(database: Database, device: SomeDevice, record_ids: list[UUID]) -> int:
    async with database.work_for(device.organization_id) as work:
        return await let_images_go(work, record_ids)


async def test_letting_go_waits_for_the_operators_word_on_several_captures(
    base_url: str, database: Database, device: SomeDevice
) -> None:
    """Whoever locks several does it by their ids, so that no two wait for each other."""
    first, second = sorted([await upload(base_url, device) for _ in range(2)])
    await change(database, device, second, **JUDGED)
    await change(database, device, first, **JUDGED)  # so it lies behind the second
    async with database.work_for(device.organization_id) as work:
        await work.execute(select(Capture.id).where(Capture.id == first).with_for_update())
        pruning = asyncio.create_task(let_all_go(database, device, [second, first]))
        while not await work.scalar(SOMEBODY_WAITS):
            assert not pruning.done()
        await work.execute(select(Capture.id).where(Capture.id == second).with_for_update())
    assert await pruning == 2


async def remove_all(app: FastAPI, database: Database) -> None:
    while True:
        await remove_images(database, app.state.store)
        async with database.work() as work:
            queued = select(QueuedWork.id).where(QueuedWork.queue == IMAGE_REMOVALS.name)
            if await work.scalar(queued.limit(1)) is None:
                return


async def test_the_full_picture_is_gone_with_a_clear_answer_and_the_thumbnail_stays(
    app: FastAPI, base_url: str, database: Database, owner: Someone, device: SomeDevice
) -> None:
    record_id = await upload(base_url, device)
    await change(database, device, record_id, **JUDGED)
    assert await let_go(database, device, record_id) == 1
    assert await let_go(database, device, record_id) == 0
    await remove_all(app, database)
    async with loopback_client(base_url=base_url, headers=owner.headers) as client:
        document = (await client.get(f"/v1/captures/{record_id}")).json()
        image = await client.get(f"/v1/captures/{record_id}/image")
        thumbnail = await client.get(f"/v1/captures/{record_id}/thumbnail")
        again = await client.post(f"/v1/captures/{record_id}/reevaluate")
    assert (document["image_stored"], document["image_url"]) == (False, None)
    assert (image.status_code, image.json()["code"]) == (410, "image_not_kept")
    assert (thumbnail.status_code, thumbnail.headers["content-type"]) == (200, "image/jpeg")
    assert again.status_code == 409
    async with database.work_for(device.organization_id) as work:
        capture = await work.session.get_one(Capture, record_id)
    store = app.state.store
    with pytest.raises(StoredObjectMissing):
        await store.get(image_key(device.organization_id, capture.received_at, record_id))
    assert await store.get(thumbnail_key(device.organization_id, capture.received_at, record_id))


@pytest.mark.parametrize(
    "values",
    [
        {"evaluation_status": EvaluationStatus.PENDING, "state": None},
        {"evaluation_status": EvaluationStatus.PROCESSING},
        {"evaluation_status": EvaluationStatus.FAILED, "state": None},
        {"state": State.ABNORMAL},
        {"state": State.UNCERTAIN},
        {"disposition": DispositionVerdict.NORMAL},
    ],
    ids=lambda values: str(next(iter(values.values()))),
)
async def test_what_may_still_be_wanted_is_never_let_go(
    base_url: str, database: Database, device: SomeDevice, values: dict[str, Any]
) -> None:
    record_id = await upload(base_url, device)
    await change(database, device, record_id, **{**JUDGED, **values})
    assert await let_go(database, device, record_id) == 0


async def test_a_file_whose_removal_was_cut_off_is_removed_the_next_time(
    app: FastAPI, base_url: str, database: Database, device: SomeDevice
) -> None:
    record_id = await upload(base_url, device)
    await change(database, device, record_id, **JUDGED)
    await let_go(database, device, record_id)
    (claim,) = [
        claim
        for claim in await IMAGE_REMOVALS.claim(database, limit=100, lease_seconds=0, after=None)
        if claim.id == record_id
    ]
    assert claim.attempts == 1
    await remove_all(app, database)
    stored = await app.state.store.list_objects(str(device.organization_id))
    assert [one.key.endswith(".thumb.jpg") for one in stored] == [True]
