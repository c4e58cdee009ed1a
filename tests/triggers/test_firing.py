"""The scheduler at work: each moment once, whoever looks, whatever became of the camera."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import delete, select, update

from cloud.accounts.models import Organization
from cloud.devices.commands import OPEN
from cloud.devices.models import Command, CommandStatus
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.triggers import punctuality
from cloud.triggers.firing import STILL_AWAITED, take_firing_turn
from cloud.triggers.models import Schedule, Trigger
from cloud.triggers.scheduling import SCHEDULES
from cloud.triggers.timetable import FIRST_MIDNIGHT
from tests.devices.arranging import Signed
from tests.devices.listening import commands
from tests.factories import SomeDevice
from tests.triggers.test_schedules import make, path_of
from tests.triggers.test_triggers import history, let_time_pass, told

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Standing:
    """A camera whose schedule was due half a minute ago, and a scheduler that looks when told."""

    owner: Signed
    device: SomeDevice
    database: Database
    schedule: dict[str, Any]

    async def come_due(self, *, before: int = 0) -> None:
        """As if nobody had looked since before that moment, and so many moments before it."""
        interval = timedelta(seconds=self.schedule["interval_seconds"])
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Schedule)
                .where(Schedule.id == self.schedule["id"])
                .values(settled_until=utc_now() - MINUTE - before * interval)
            )
            await work.execute(
                update(QueuedWork)
                .where(QueuedWork.queue == SCHEDULES.name, QueuedWork.id == self.schedule["id"])
                .values(due_at=utc_now() - SECOND, lease_token=None)
            )

    async def let_pass(self, *, seconds: float = 10) -> None:
        """As if all that was asked for so far was of the moment before, and asked so long ago."""
        await let_time_pass(self.database, self.device, seconds=seconds)
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(update(Trigger).values(due_at=Trigger.due_at - MINUTE))

    async def look(self, *schedulers: Database) -> None:
        """Until nothing of ours is due: other tests' schedules may stand in the queue before."""
        databases = schedulers or (self.database,)
        while any(await asyncio.gather(*(take_firing_turn(one) for one in databases))):
            continue

    async def queued_for(self) -> timedelta:
        async with self.database.work() as work:
            due_at: datetime = await work.scalar(
                select(QueuedWork.due_at).where(
                    QueuedWork.queue == SCHEDULES.name, QueuedWork.id == self.schedule["id"]
                )
            )
        return due_at - utc_now()

    async def commands(self) -> Sequence[Command]:
        async with self.database.work_for(self.device.organization_id) as work:
            found = await work.session.scalars(select(Command).order_by(Command.seq))
            return found.all()

    async def triggers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await history(self.owner, self.device))["triggers"]
        return found

    async def statuses(self) -> list[str]:
        return [each["status"] for each in await self.triggers()]

    async def take_all(self) -> None:
        """The camera has done whatever it was asked for."""
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Command)
                .where(Command.status.in_(OPEN))
                .values(status=CommandStatus.DONE, ended_at=utc_now())
            )


def interval_of_half_a_minute_ago(now: datetime) -> int:
    """Seconds of an interval, hours long, that came round half a minute ago."""
    passed = int((now - FIRST_MIDNIGHT.replace(tzinfo=UTC)).total_seconds()) - 30
    lengths = range(3600, 7 * 24 * 3600)
    return min(lengths, key=lambda length: passed % length)


@pytest.fixture
async def standing(
    owner: Signed, device: SomeDevice, database: Database
) -> AsyncIterator[Standing]:
    interval = interval_of_half_a_minute_ago(utc_now())
    made = await make(owner, device, interval_seconds=interval, label="Now and then")
    yield Standing(owner, device, database, made)
    async with database.work() as work:
        await work.execute(delete(QueuedWork).where(QueuedWork.queue == SCHEDULES.name))


async def test_nothing_is_asked_for_before_it_is_due(standing: Standing) -> None:
    await standing.look()
    assert await standing.triggers() == []


async def test_a_camera_that_listens_is_asked_when_it_is_due(
    standing: Standing, base_url: str
) -> None:
    async with commands(base_url, standing.device) as camera:
        connected = await camera.next()
        await standing.come_due()
        await standing.look()
        heard = await camera.next()
    assert connected is not None
    assert heard is not None
    assert connected.data["scheduled"] is True
    assert (heard.data["kind"], heard.data["label"]) == ("scheduled", "Now and then")
    (newest,) = await standing.triggers()
    assert newest["trigger_id"] == heard.data["trigger_id"]
    assert (newest["kind"], newest["requested_by"]) == ("scheduled", None)
    assert newest["schedule_id"] == standing.schedule["id"]
    due_at = datetime.fromisoformat(newest["due_at"])
    assert due_at.microsecond == 0
    assert timedelta() <= utc_now() - due_at < MINUTE
    assert timedelta(minutes=59) < await standing.queued_for() <= timedelta(hours=1)


async def test_schedulers_that_look_at_once_ask_once(
    standing: Standing, database: Database
) -> None:
    async with AsyncExitStack() as stack:
        others = [Database(database.url, pool_size=2) for _ in range(3)]
        for other in others:
            stack.push_async_callback(other.dispose)
        for asked_before in range(3):
            assert len(await standing.commands()) == asked_before
            await standing.let_pass()
            await standing.come_due()
            await standing.look(*others)
            await standing.take_all()
    assert len(await standing.triggers()) == len(await standing.commands()) == 3


async def test_a_moment_that_was_asked_for_is_not_asked_for_again(
    standing: Standing, database: Database
) -> None:
    """As after a clock that was set back: the same moment comes a second time."""
    for _ in range(2):
        await standing.come_due()
        await standing.look()
        await standing.take_all()
        await let_time_pass(database, standing.device)
    assert await standing.statuses() == ["executed"]
    assert len(await standing.commands()) == 1


async def test_a_camera_that_is_away_is_asked_once_and_the_rest_is_missed(
    standing: Standing, database: Database
) -> None:
    for _ in range(3):
        await standing.let_pass()
        await standing.come_due()
        await standing.look()
    assert await standing.statuses() == ["missed", "missed", "queued"]
    missed = (await standing.triggers())[0]
    assert missed["error"] == STILL_AWAITED
    assert (missed["sent_at"], missed["record_id"]) == (None, None)
    assert len(await standing.commands()) == 1
    assert await told(database, standing.owner) == ["queued", "missed", "missed"]


async def test_a_camera_that_has_taken_what_it_was_asked_for_is_asked_again(
    standing: Standing,
) -> None:
    for _ in range(2):
        await standing.let_pass()
        await standing.come_due()
        await standing.look()
        await standing.take_all()
    assert await standing.statuses() == ["executed", "executed"]


async def test_after_hours_without_a_server_one_is_asked_for_and_one_row_tells_of_the_rest(
    standing: Standing,
) -> None:
    await standing.come_due(before=12)
    await standing.look()
    assert sorted(await standing.statuses()) == ["missed", "queued"]
    (missed,) = [each for each in await standing.triggers() if each["status"] == "missed"]
    assert missed["error"] == "No server looked when this was due, nor at the 11 before."
    assert len(await standing.commands()) == 1


async def test_of_a_long_time_without_a_server_only_the_newest_are_counted(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(punctuality, "MOST_COUNTED", 10)
    await standing.come_due(before=12)
    await standing.look()
    (missed,) = [each for each in await standing.triggers() if each["status"] == "missed"]
    assert missed["error"] == "No server looked when this was due, nor at more than 10 before."


async def test_a_paused_camera_is_not_asked_and_nothing_is_made_up_for(
    standing: Standing,
) -> None:
    path = f"/v1/devices/{standing.device.unit_id}"
    await standing.owner.client.patch(path, json={"status": "paused"})
    await standing.come_due(before=3)
    await standing.look()
    await standing.owner.client.patch(path, json={"status": "active"})
    await standing.look()
    assert await standing.triggers() == []
    await standing.come_due()
    await standing.look()
    assert await standing.statuses() == ["queued"]


async def test_past_the_trial_nothing_is_asked_for_and_the_camera_goes_on_by_itself(
    standing: Standing, database: Database, base_url: str
) -> None:
    async with database.work_for(standing.device.organization_id) as work:
        await work.execute(update(Organization).values(trial_ends_at=utc_now() - SECOND))
    await standing.come_due()
    await standing.look()
    assert await standing.triggers() == []
    async with commands(base_url, standing.device) as camera:
        connected = await camera.next()
    assert connected is not None
    assert connected.data["scheduled"] is False


async def test_a_schedule_that_is_due_right_after_another_asking_waits_its_turn(
    standing: Standing, database: Database
) -> None:
    await standing.owner.client.post(f"/v1/devices/{standing.device.unit_id}/trigger")
    await standing.take_all()
    await standing.come_due()
    await standing.look()
    assert len(await standing.commands()) == 1
    assert timedelta(seconds=5) < await standing.queued_for() <= 7 * SECOND
    await let_time_pass(database, standing.device)
    await standing.come_due()
    await standing.look()
    assert await standing.statuses() == ["queued", "executed"]


@pytest.mark.parametrize(("by_hand", "asked"), [(True, 1), (False, 2)])
async def test_half_a_second_less_passes_only_after_its_own_last_asking(
    standing: Standing,
    by_hand: bool,  # noqa: FBT001  # a case
    asked: int,
) -> None:
    if by_hand:
        await standing.owner.client.post(f"/v1/devices/{standing.device.unit_id}/trigger")
    else:
        await standing.come_due()
        await standing.look()
    await standing.take_all()
    await standing.let_pass(seconds=6.7)
    await standing.come_due()
    await standing.look()
    assert len(await standing.commands()) == asked


async def test_another_label_does_not_hold_up_what_is_due(standing: Standing) -> None:
    await standing.come_due()
    path = f"{path_of(standing.device)}/{standing.schedule['id']}"
    answer = await standing.owner.client.patch(path, json={"label": "Door"})
    assert answer.status_code == 200
    await standing.look()
    assert await standing.statuses() == ["queued"]
    assert [command.label for command in await standing.commands()] == ["Door"]


async def test_other_times_hold_from_now_on_and_make_up_for_nothing(standing: Standing) -> None:
    await standing.come_due()
    path = f"{path_of(standing.device)}/{standing.schedule['id']}"
    answer = await standing.owner.client.patch(path, json={"interval_seconds": 86_400})
    assert answer.status_code == 200
    await standing.look()
    assert await standing.statuses() == []


@pytest.mark.parametrize("end", ["removed", "released"])
async def test_what_is_gone_is_asked_for_nothing(standing: Standing, end: str) -> None:
    await standing.come_due()
    path = f"/v1/devices/{standing.device.unit_id}"
    if end == "removed":
        path = path_of(standing.device, standing.schedule["id"])
    assert (await standing.owner.client.delete(path)).status_code == 204
    await standing.look()
    async with standing.database.work_for(standing.device.organization_id) as work:
        assert (await work.execute(select(Trigger))).all() == []
    async with standing.database.work() as work:
        assert not await work.scalar(
            select(QueuedWork.id).where(
                QueuedWork.queue == SCHEDULES.name,
                QueuedWork.id == UUID(standing.schedule["id"]),
            )
        )


async def test_a_change_of_schedules_reaches_the_camera_that_listens(
    owner: Signed, device: SomeDevice, base_url: str, client: httpx2.AsyncClient
) -> None:
    async with commands(base_url, device) as camera:
        connected = await camera.next()
        made = await make(owner, device)
        on = await camera.next()
        await owner.client.patch(path_of(device, made["id"]), json={"enabled": False})
        off = await camera.next()
    assert connected is not None
    assert connected.data["scheduled"] is False
    assert on is not None
    assert off is not None
    assert (on.event, on.data["scheduled"]) == ("config", True)
    assert (off.event, off.data["scheduled"]) == ("config", False)
    assert on.data["config_version"] == connected.data["config_version"]
