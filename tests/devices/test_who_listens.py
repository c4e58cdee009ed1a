"""Who counts as listening, as processes come, hang, stop and are killed."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Select, func, select, update

from cloud.devices.models import CommandStream, ServerProcess
from cloud.devices.roll import Roll
from cloud.devices.who_listens import is_connected
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from tests.devices.arranging import Signed
from tests.factories import SomeDevice, make_device


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def listen_to_another_process(
    database: Database, device: SomeDevice, *, lease: timedelta
) -> None:
    """As a process leaves it that can say nothing more."""
    process_id = new_id()
    async with database.work() as work:
        work.add(ServerProcess(id=process_id, alive_until=utc_now() + lease))
        work.add(CommandStream(device_id=device.device_id, process_id=process_id))


async def end_leases(database: Database, device: SomeDevice) -> None:
    """As when the processes that this device listens to hang for longer than their lease."""
    async with database.work() as work:
        await work.execute(
            update(ServerProcess)
            .where(ServerProcess.id.in_(_processes(device.device_id)))
            .values(alive_until=func.clock_timestamp() - timedelta(seconds=1))
            .execution_options(synchronize_session=False)
        )


async def listens(database: Database, device: SomeDevice) -> bool:
    async with database.work_for(device.organization_id) as work:
        return await is_connected(work, device.device_id)


async def count_claims(database: Database, device: SomeDevice) -> int:
    async with database.work() as work:
        claims = select(func.count()).select_from(_processes(device.device_id).subquery())
        return int(await work.scalar(claims))


def _processes(device_id: UUID) -> Select[UUID]:
    return select(CommandStream.process_id).where(CommandStream.device_id == device_id)


@pytest.mark.parametrize(
    ("lease", "connected", "status"),
    [(timedelta(minutes=1), True, "sent"), (timedelta(0), False, "queued")],
)
async def test_a_camera_counts_as_connected_while_the_lease_of_its_process_holds(
    owner: Signed,
    database: Database,
    device: SomeDevice,
    lease: timedelta,
    connected: bool,  # noqa: FBT001  # a table's column
    status: str,
) -> None:
    await listen_to_another_process(database, device, lease=lease)
    answer = await owner.client.post(f"/v1/devices/{device.unit_id}/trigger")
    assert answer.status_code == 202
    assert (answer.json()["connected"], answer.json()["status"]) == (connected, status)


async def test_one_renewal_holds_for_all_who_listen(database: Database, device: SomeDevice) -> None:
    other = await make_device(database, device.organization_id)
    roll = Roll(database, [device.device_id, other.device_id])
    await roll.renew()
    await end_leases(database, device)
    assert not await listens(database, device)
    assert not await listens(database, other)
    await roll.renew()
    assert await listens(database, device)
    assert await listens(database, other)


async def test_a_process_that_begins_sweeps_up_after_the_dead(
    database: Database, device: SomeDevice
) -> None:
    await listen_to_another_process(database, device, lease=timedelta(0))
    await Roll(database, []).renew()
    assert await count_claims(database, device) == 0


async def test_a_process_that_hung_and_was_swept_away_says_again_who_listens(
    database: Database, device: SomeDevice
) -> None:
    roll = Roll(database, [device.device_id])
    await roll.renew()
    await end_leases(database, device)
    await Roll(database, []).renew()
    assert not await listens(database, device)
    await roll.renew()
    assert await listens(database, device)


async def test_a_device_that_left_is_crossed_off_unless_it_is_back(
    database: Database, device: SomeDevice
) -> None:
    listening = {device.device_id}
    roll = Roll(database, listening)
    await roll.renew()
    roll.leave(device.device_id)
    await roll.renew()
    assert await listens(database, device)
    listening.clear()
    roll.leave(device.device_id)
    await roll.renew()
    assert not await listens(database, device)


async def test_nobody_listens_to_a_process_that_has_ended_however_late_they_come(
    database: Database, device: SomeDevice
) -> None:
    roll = Roll(database, [device.device_id])
    await roll.renew()
    await roll.end()
    async with database.work() as work:
        await roll.note(work, device.device_id)
    assert not await listens(database, device)
    assert await count_claims(database, device) == 0
