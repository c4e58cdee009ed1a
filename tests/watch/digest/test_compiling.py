"""A day's digest against a real database: its numbers are those that cards show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from cloud.alerts.models import Delivery, DeliveryKind, HeldBy, Incident, IncidentKind, ResolvedAs
from cloud.captures.models import EvaluationStatus, State
from cloud.devices.models import Device
from cloud.evaluation.models import ModelCall
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings
from cloud.watch.digest.compiling import compile_digest
from cloud.watch.digest.days import Span, last_day, until_now
from cloud.watch.documents import device_document
from cloud.watch.models import WatchingChange
from cloud.watch.queries import get_sighting
from cloud.watch.truth import Watching, WatchReason
from tests.factories import SomeDevice, make_capture, make_device, make_organization

UTC_ZONE = ZoneInfo("UTC")
NOW = utc_now()
SPAN = until_now(NOW, UTC_ZONE)
MILLISECOND = 80
"""The bit of an id that is a millisecond: ids of one are in no order."""


def before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


async def make_old_device(database: Database, organization_id: Any = None) -> SomeDevice:
    """A camera that was activated long ago."""
    organization_id = organization_id or await make_organization(database)
    device = await make_device(database, organization_id)
    async with database.work_for(organization_id) as work:
        await work.execute(
            update(Device)
            .where(Device.id == device.device_id)
            .values(activated_at=NOW - timedelta(days=9))
        )
    return device


async def compile_for(
    database: Database, settings: Settings, device: SomeDevice, span: Span = SPAN
) -> dict[str, Any]:
    async with database.work_for(device.organization_id) as work:
        found = await compile_digest(work, span, UTC_ZONE, settings)
    assert found is not None
    return found


async def test_its_numbers_are_those_of_the_camera_s_card(
    database: Database, settings: Settings
) -> None:
    device = await make_old_device(database)
    for hours, state in ((30, State.NORMAL), (20, State.NORMAL), (2, State.ABNORMAL)):
        at = before(hours)
        await make_capture(database, device, state=state, captured_at=at, received_at=at)
    await make_capture(database, device, captured_at=before(1), received_at=before(1))
    await make_capture(
        database,
        device,
        evaluation_status=EvaluationStatus.FAILED,
        failure_code="ai_unavailable",
        captured_at=before(3),
        received_at=before(3),
    )
    digest = await compile_for(database, settings, device)
    async with database.work_for(device.organization_id) as work:
        sighting = await get_sighting(work, device.unit_id, now=NOW)
    counts = device_document(sighting, settings, NOW)["counts_24h"]
    assert (digest["expected"], digest["received"], digest["judged"], digest["abnormal"]) == (
        counts["due"],
        counts["received"],
        counts["evaluated"],
        counts["abnormal"],
    )
    assert counts["due"] > 0
    assert (digest["failed"], digest["waiting"]) == (1, 1)


async def test_a_picture_belongs_to_one_day_whatever_its_clock_says(
    database: Database, settings: Settings
) -> None:
    device = await make_old_device(database)
    received = before(30)
    ahead = received + timedelta(hours=10)
    await make_capture(
        database, device, state=State.NORMAL, captured_at=ahead, received_at=received
    )
    today = await compile_for(database, settings, device)
    yesterday = until_now(NOW - timedelta(days=1), UTC_ZONE)
    assert today["received"] == 0
    assert (await compile_for(database, settings, device, yesterday))["received"] == 1


async def test_gaps_come_from_what_the_watcher_wrote_down(
    database: Database, settings: Settings
) -> None:
    device = await make_old_device(database)
    changes = (
        (40, Watching.WATCHING, WatchReason.JUDGED),
        (10, Watching.NOT_WATCHING, WatchReason.SILENT),
        (8, Watching.WATCHING, WatchReason.JUDGED),
    )
    first = new_id().int
    async with database.work_for(device.organization_id) as work:
        for place, (hours, state, code) in enumerate(changes):
            work.add(
                WatchingChange(
                    id=UUID(int=first + (place << MILLISECOND)),
                    organization_id=work.organization_id,
                    device_id=device.device_id,
                    state=state,
                    code=code,
                    reason="No picture for 3 minutes.",
                    since=before(hours),
                )
            )
    (camera,) = (await compile_for(database, settings, device))["cameras"]
    (gap,) = camera["gaps"]
    assert (gap["code"], gap["why"]) == ("silent", "no pictures came")
    assert camera["not_watched_seconds"] == 2 * 3600


async def add_incident(database: Database, device: SomeDevice, **values: Any) -> None:
    async with database.work_for(device.organization_id) as work:
        work.add(
            Incident(
                id=new_id(),
                organization_id=work.organization_id,
                device_id=device.device_id,
                unit_id=device.unit_id,
                kind=IncidentKind.ABNORMAL,
                **values,
            )
        )


async def test_incidents_of_the_day_are_named_with_how_they_ended(
    database: Database, settings: Settings
) -> None:
    device = await make_old_device(database)
    ended = {"state": "resolved", "resolved_as": ResolvedAs.FALSE_ALARM}
    await add_incident(database, device, opened_at=before(40), resolved_at=before(30), **ended)
    await add_incident(database, device, opened_at=before(26), resolved_at=before(20), **ended)
    await add_incident(database, device, opened_at=before(2))
    digest = await compile_for(database, settings, device)
    (camera,) = digest["cameras"]
    found = [(one["state"], one["resolved_as"]) for one in camera["incidents"]]
    assert found == [("resolved", "false_alarm"), ("open", None)]
    assert digest["incidents"] == 2
    assert digest["false_alarms"] == {"count": 2, "of": 2, "share": 1.0}


async def test_cost_is_the_ledger_s_and_what_has_no_price_is_counted_apart(
    database: Database, settings: Settings
) -> None:
    device = await make_old_device(database)
    async with database.work_for(device.organization_id) as work:
        for hours, cost in ((1, Decimal("0.25")), (2, None), (30, Decimal(5))):
            work.add(
                ModelCall(
                    organization_id=work.organization_id,
                    at=before(hours),
                    device_id=device.device_id,
                    capture_id=new_id(),
                    classifier="openai",
                    model="some",
                    outcome="normal",
                    latency_ms=1,
                    tokens_in=1,
                    tokens_out=1,
                    cost_usd=cost,
                )
            )
    digest = await compile_for(database, settings, device)
    assert (digest["ai_calls"], digest["cost_usd"], digest["unpriced_calls"]) == (2, 0.25, 1)


async def test_snoozes_that_are_on_and_messages_held_back_are_said(
    database: Database, settings: Settings
) -> None:
    device = await make_old_device(database)
    until = NOW + timedelta(hours=3)
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(Device).where(Device.id == device.device_id).values(snoozed_until=until)
        )
        work.add(
            Delivery(
                id=new_id(),
                organization_id=work.organization_id,
                kind=DeliveryKind.OPENED,
                channel="email",
                recipient="a@b.test",
                held_by=HeldBy.QUIET_HOURS,
                created_at=before(1),
            )
        )
    digest = await compile_for(database, settings, device)
    assert datetime.fromisoformat(digest["cameras"][0]["snoozed_until"]) > NOW
    assert digest["held_back"] == {"quiet_hours": 1}


async def test_an_organization_without_a_camera_has_no_day(
    database: Database, settings: Settings
) -> None:
    organization_id = await make_organization(database)
    async with database.work_for(organization_id) as work:
        assert await compile_digest(work, SPAN, UTC_ZONE, settings) is None
    device = await make_device(database, organization_id)
    earlier = last_day(datetime(2026, 1, 5, 12, tzinfo=UTC), UTC_ZONE)
    async with database.work_for(device.organization_id) as work:
        assert await compile_digest(work, earlier, UTC_ZONE, settings) is None


@pytest.mark.parametrize("others", [3])
async def test_other_organizations_are_left_out(
    database: Database, settings: Settings, others: int
) -> None:
    device = await make_old_device(database)
    for _ in range(others):
        other = await make_old_device(database)
        await make_capture(database, other, state=State.NORMAL)
    digest = await compile_for(database, settings, device)
    assert len(digest["cameras"]) == 1
    assert digest["received"] == 0
