"""What a capture is compared with: the last before it that is normal, by somebody's word first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.captures.comparing import Reference, find_reference
from cloud.captures.models import Capture, DispositionVerdict, State
from cloud.kit.database import Database
from tests.factories import SomeDevice, make_capture, make_device, make_organization

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALLED = {"disposition": DispositionVerdict.NORMAL}


@pytest.fixture
async def device(database: Database) -> SomeDevice:
    return await make_device(database, await make_organization(database))


async def taken(database: Database, device: SomeDevice, minutes: int, **more: Any) -> Capture:
    at = NOON - timedelta(minutes=minutes)
    return await make_capture(database, device, captured_at=at, **more)


async def reference_of(database: Database, device: SomeDevice) -> Reference | None:
    """Of a capture of noon."""
    capture = await taken(database, device, 0, state=State.ABNORMAL)
    async with database.work_for(device.organization_id) as work:
        return await find_reference(work, capture)


async def test_the_last_that_somebody_called_normal_goes_before_newer_verdicts(
    database: Database, device: SomeDevice
) -> None:
    await taken(database, device, 30, state=State.NORMAL, **CALLED)
    called = await taken(database, device, 20, state=State.UNCERTAIN, **CALLED)
    await taken(database, device, 10, state=State.NORMAL)
    await taken(database, device, -10, state=State.NORMAL, **CALLED)
    reference = await reference_of(database, device)
    assert reference == Reference(called.id, called.captured_at, is_said=True)


async def test_without_a_word_it_is_the_last_judged_normal_that_nobody_objected_to(
    database: Database, device: SomeDevice
) -> None:
    judged = await taken(database, device, 30, state=State.NORMAL)
    await taken(database, device, 20, state=State.NORMAL, disposition=DispositionVerdict.ABNORMAL)
    await taken(database, device, 10, state=State.NORMAL, image_stored=False)
    await taken(database, device, 5, state=State.NORMAL, deleted_at=NOON)
    await taken(database, device, 2, state=State.UNCERTAIN)
    reference = await reference_of(database, device)
    assert reference == Reference(judged.id, judged.captured_at, is_said=False)


async def test_where_nothing_was_normal_there_is_none_and_never_another_cameras(
    database: Database, device: SomeDevice
) -> None:
    beside = await make_device(database, device.organization_id)
    await taken(database, beside, 10, state=State.NORMAL, **CALLED)
    await taken(database, device, 10, state=State.ABNORMAL)
    assert await reference_of(database, device) is None
