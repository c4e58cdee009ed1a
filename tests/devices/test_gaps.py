"""Gaps: what cameras tell of pictures that will never come is kept, once and joined."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import delete, select

from cloud.devices.gaps import KEPT, Gap, hear_gaps, join_gaps
from cloud.devices.models import CaptureGap, Device
from cloud.kit.database import Database
from device.wire import LossReason
from tests.devices.arranging import Signed, gap, heartbeat
from tests.factories import SomeDevice, make_device

NO_ROOM, DAMAGED, UNKNOWN = LossReason.NO_ROOM, LossReason.DAMAGED, LossReason.UNKNOWN


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def tell(client: httpx2.AsyncClient, device: SomeDevice, **spool: Any) -> None:
    said = {"waiting": 0, "oldest_at": None, "dropped": 3, **spool}
    answer = await client.post(
        f"/v1/devices/{device.unit_id}/heartbeat",
        json=heartbeat(spool=said),
        headers=device.headers,
    )
    assert answer.status_code == 200, answer.text


async def read_rows(database: Database, device: SomeDevice) -> list[CaptureGap]:
    async with database.work_for(device.organization_id) as work:
        mine = select(CaptureGap).where(CaptureGap.device_id == device.device_id)
        found = await work.execute(mine.order_by(CaptureGap.spool_id, CaptureGap.first))
        return list(found.scalars())


async def read_gaps(database: Database, device: SomeDevice) -> list[tuple[str, str, int, int]]:
    rows = await read_rows(database, device)
    return [(row.spool_id, row.why, row.first, row.last) for row in rows]


async def test_what_is_told_twice_is_kept_once_as_it_was_heard_first(
    client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await tell(client, device, gaps=[gap(4, 6), gap(9, 9, why="damaged")])
    first = await read_rows(database, device)
    await tell(client, device, gaps=[gap(4, 6), gap(5, 5)])
    second = await read_rows(database, device)
    assert [(row.id, row.heard_at) for row in first] == [(row.id, row.heard_at) for row in second]
    assert await read_gaps(database, device) == [("s-1", NO_ROOM, 4, 6), ("s-1", DAMAGED, 9, 9)]


async def test_a_gap_that_grew_takes_the_place_of_its_parts(
    client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await tell(client, device, gaps=[gap(1, 2), gap(6, 7), gap(20, 20)])
    await tell(client, device, gaps=[gap(3, 5)])
    expected = [("s-1", NO_ROOM, 1, 7), ("s-1", NO_ROOM, 20, 20)]
    assert await read_gaps(database, device) == expected


async def test_an_older_client_names_what_it_lost_without_a_reason(
    client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    await tell(client, device, spool_id="s-1", dropped_ranges=[[4, 6]])
    await tell(client, device, spool_id="s-1", dropped_ranges=[[4, 7], [9, 9]])
    expected = [("s-1", UNKNOWN, 4, 7), ("s-1", UNKNOWN, 9, 9)]
    assert await read_gaps(database, device) == expected


def test_only_neighbours_of_one_spool_and_reason_are_one() -> None:
    apart = {
        Gap("a", NO_ROOM, 1, 2),
        Gap("a", NO_ROOM, 4, 4),
        Gap("a", DAMAGED, 3, 3),
        Gap("b", NO_ROOM, 3, 3),
    }
    assert join_gaps(apart) == apart
    inside, beside = Gap("a", NO_ROOM, 1, 1), Gap("a", NO_ROOM, 5, 9)
    assert Gap("a", NO_ROOM, 4, 9) in join_gaps(apart | {inside, beside})
    assert len(join_gaps(apart | {inside, beside})) == len(apart)


async def test_of_very_many_those_heard_last_are_kept(
    device: SomeDevice, database: Database
) -> None:
    async with database.work_for(device.organization_id) as work:
        await hear_gaps(work, device.device_id, [Gap("old", NO_ROOM, 1, 1)])
    many = [Gap("s-1", NO_ROOM, number, number) for number in range(0, 2 * KEPT, 2)]
    async with database.work_for(device.organization_id) as work:
        await hear_gaps(work, device.device_id, many)
    kept = await read_gaps(database, device)
    assert len(kept) == KEPT
    assert {spool_id for spool_id, *_ in kept} == {"s-1"}


async def test_they_go_with_the_device(device: SomeDevice, database: Database) -> None:
    async with database.work_for(device.organization_id) as work:
        await hear_gaps(work, device.device_id, [Gap("s-1", NO_ROOM, 1, 1)])
        await work.execute(delete(Device).where(Device.id == device.device_id))
    assert await read_gaps(database, device) == []
