"""The morning's digest is told once, to whom it concerns, over any number of processes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from cloud.accounts.models import Organization
from cloud.alerts.delivery import Sender
from cloud.alerts.models import Delivery, Digest
from cloud.channels.channel import ChannelKind, Message
from cloud.devices.models import Device
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from cloud.watch.digest import morning
from cloud.watch.digest.days import last_day
from cloud.watch.digest.morning import tell_of_morning
from tests.alerts.claiming import claim
from tests.alerts.people import choose
from tests.factories import Someone, make_device, make_user

ZONE = ZoneInfo("Pacific/Auckland")
MORNING = last_day(utc_now(), ZONE).end + timedelta(seconds=1)


@pytest.fixture
async def owner(database: Database) -> Someone:
    """Of an organization in New Zealand with a camera since nine days."""
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    async with database.work_for(owner.organization_id) as work:
        await work.execute(
            update(Organization)
            .where(Organization.id == owner.organization_id)
            .values(time_zone=ZONE.key)
        )
        await work.execute(
            update(Device)
            .where(Device.id == device.device_id)
            .values(activated_at=MORNING - timedelta(days=9))
        )
    return owner


async def tell(
    database: Database, settings: Settings, owner: Someone, now: datetime = MORNING
) -> bool:
    return await tell_of_morning(database, settings, owner.organization_id, now)


async def told(database: Database, owner: Someone) -> Sequence[str]:
    async with database.work_for(owner.organization_id) as work:
        found = await work.session.scalars(
            select(Delivery.recipient).where(Delivery.kind == "digest").order_by(Delivery.recipient)
        )
        return found.all()


async def test_a_day_is_told_once_however_many_look(
    database: Database, settings: Settings, owner: Someone
) -> None:
    made = await asyncio.gather(*(tell(database, settings, owner) for _ in range(5)))
    assert sorted(made) == [False] * 4 + [True]
    assert await told(database, owner) == [owner.email]
    assert not await tell(database, settings, owner, MORNING + timedelta(hours=3))
    assert await tell(database, settings, owner, MORNING + timedelta(days=1, seconds=5))
    assert await told(database, owner) == [owner.email, owner.email]


async def test_one_organization_that_fails_keeps_no_other_from_its_morning(
    database: Database, settings: Settings, owner: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = await make_user(database)
    async with database.work_for(nowhere.organization_id) as work:
        await work.execute(
            update(Organization)
            .where(Organization.id == nowhere.organization_id)
            .values(time_zone="Nowhere/AtAll")
        )

    async def list_both(_database: Database) -> list[UUID]:
        return [nowhere.organization_id, owner.organization_id]

    monkeypatch.setattr(morning, "list_organizations", list_both)
    monkeypatch.setattr(morning, "utc_now", lambda: MORNING)
    await morning.tell_of_mornings(database, settings)
    assert await told(database, owner) == [owner.email]


async def test_before_seven_nothing_is_due_and_late_at_night_it_is_no_news(
    database: Database, settings: Settings, owner: Someone
) -> None:
    assert not await tell(database, settings, owner, MORNING - timedelta(minutes=5))
    assert not await tell(database, settings, owner, MORNING + timedelta(hours=13))
    assert await tell(database, settings, owner, MORNING + timedelta(hours=4))


async def test_a_day_without_anything_is_told_as_well(
    database: Database, settings: Settings, owner: Someone
) -> None:
    await tell(database, settings, owner)
    async with database.work_for(owner.organization_id) as work:
        document = await work.scalar(select(Digest.document))
    assert (document["received"], document["incidents"]) == (0, 0)
    assert document["day"] == last_day(MORNING, ZONE).day.isoformat()


@pytest.mark.parametrize("choice", [{"enabled": False}, {"daily_digest": False}])
async def test_where_it_is_switched_off_the_day_is_kept_and_nobody_told(
    database: Database, settings: Settings, owner: Someone, choice: dict[str, bool]
) -> None:
    await choose(database, owner, **choice)
    assert await tell(database, settings, owner)
    assert await told(database, owner) == []


async def test_everybody_who_is_told_of_incidents_hears_of_the_day(
    database: Database, settings: Settings, owner: Someone
) -> None:
    await choose(database, owner, emails=["a@example.test", "b@example.test"])
    await tell(database, settings, owner)
    assert await told(database, owner) == ["a@example.test", "b@example.test"]


async def test_it_goes_out_as_a_message_of_its_own(
    database: Database, settings: Settings, owner: Someone
) -> None:
    await tell(database, settings, owner)
    async with database.work_for(owner.organization_id) as work:
        (delivery,) = (await work.session.scalars(select(Delivery))).all()
    channel = Keeping()
    store = FilesystemStore(settings.data_directory)
    sender = Sender(database, {ChannelKind.EMAIL: channel}, store, settings)
    await sender.send(await claim(database, delivery))
    (message,) = channel.messages
    assert message.message_id.startswith(str(delivery.id))
    assert "Bench camera" in message.text
    assert message.unsubscribe_url is not None
    async with database.work_for(owner.organization_id) as work:
        status = await work.scalar(select(Delivery.status))
    assert status == "sent"


class Keeping:
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> str:
        self.messages.append(message)
        return "taken"
