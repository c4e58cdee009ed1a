"""Removing old triggers with their commands: only what is old, and only one's own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from cloud.devices.models import Command
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.triggers import sweeping
from cloud.triggers.models import Trigger
from cloud.triggers.sweeping import KEPT, sweep
from tests.devices.arranging import Signed
from tests.factories import SomeDevice
from tests.triggers.test_triggers import ask, history, let_time_pass


async def ask_old_and_new(
    owner: Signed, device: SomeDevice, database: Database, *, old: int
) -> str:
    """So many askings of just over 90 days ago, and one of just now; the new one's id."""
    for _ in range(old):
        await ask(owner, device)
        await let_time_pass(database, device)
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(Trigger).values(requested_at=utc_now() - KEPT - timedelta(minutes=1))
        )
    trigger_id: str = (await ask(owner, device)).json()["trigger_id"]
    return trigger_id


async def commands_of(database: Database, device: SomeDevice) -> list[Any]:
    async with database.work_for(device.organization_id) as work:
        return list((await work.execute(select(Command.trigger_id))).scalars())


async def test_what_is_old_goes_with_its_commands_and_what_is_new_stays(
    owner: Signed, device: SomeDevice, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    kept = await ask_old_and_new(owner, device, database, old=5)
    assert len(await commands_of(database, device)) == 6
    await sweep(database)
    found = (await history(owner, device))["triggers"]
    assert [each["trigger_id"] for each in found] == [kept]
    assert [str(each) for each in await commands_of(database, device)] == [kept]
