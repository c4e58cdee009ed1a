"""A camera whose verdicts come as a test says, with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from cloud.alerts.history import lock_camera
from cloud.alerts.models import Delivery, Incident, IncidentCapture
from cloud.alerts.raising import raise_incident
from cloud.alerts.recipients import Destination
from cloud.captures.models import Capture, State
from cloud.channels.channel import ChannelKind
from cloud.devices.models import Device
from cloud.events.models import Event
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.alerts.people import choose
from tests.factories import SomeDevice, Someone, make_capture, make_device, make_user

NORMAL, ABNORMAL, UNCERTAIN = State.NORMAL, State.ABNORMAL, State.UNCERTAIN
LETTERS = {"n": NORMAL, "a": ABNORMAL, "u": UNCERTAIN}


@dataclass
class Camera:
    """One camera of an organization of its own, owned by `owner`; its pictures start yesterday."""

    database: Database
    device: SomeDevice
    owner: Someone
    start: datetime = field(default_factory=lambda: utc_now() - timedelta(days=1))

    def at(self, minute: float) -> datetime:
        return self.start + timedelta(minutes=minute)

    async def judge(self, state: State, minute: float, *, reason: str | None = None) -> Capture:
        """A verdict on the picture of that minute."""
        capture = await make_capture(
            self.database, self.device, state=state, captured_at=self.at(minute), reason=reason
        )
        await self.raise_for(capture)
        return capture

    async def judge_all(self, letters: str) -> list[Capture]:
        """`anu`: an abnormal picture in minute 0, a normal one in minute 1, an uncertain one."""
        return [await self.judge(LETTERS[letter], minute) for minute, letter in enumerate(letters)]

    async def judge_again(self, capture: Capture, state: State | None) -> None:
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(update(Capture).where(Capture.id == capture.id).values(state=state))
            await raise_incident(work, capture.id, await lock_camera(work, capture.device_id))

    async def raise_for(self, capture: Capture) -> None:
        async with self.database.work_for(self.device.organization_id) as work:
            await raise_incident(work, capture.id, await lock_camera(work, capture.device_id))

    async def configure(self, **alerting: int) -> None:
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Device)
                .where(Device.id == self.device.device_id)
                .values(config={"alerting": alerting})
            )

    async def incidents(self) -> Sequence[Incident]:
        async with self.database.work_for(self.device.organization_id) as work:
            rows = await work.session.scalars(
                select(Incident)
                .where(Incident.device_id == self.device.device_id)
                .order_by(Incident.opened_at, Incident.id)
            )
            return rows.all()

    async def incident(self) -> Incident:
        (incident,) = await self.incidents()
        return incident

    async def members(self) -> dict[UUID, set[UUID]]:
        """The captures of each incident."""
        async with self.database.work_for(self.device.organization_id) as work:
            rows = (await work.session.scalars(select(IncidentCapture))).all()
        found: dict[UUID, set[UUID]] = {}
        for row in rows:
            found.setdefault(row.incident_id, set()).add(row.capture_id)
        return found

    async def deliveries(self) -> Sequence[Delivery]:
        async with self.database.work_for(self.device.organization_id) as work:
            rows = await work.session.scalars(
                select(Delivery).order_by(Delivery.created_at, Delivery.id)
            )
            return rows.all()

    async def told(self) -> list[tuple[str, str]]:
        """Kind and recipient of each message."""
        return [(each.kind, each.recipient) for each in await self.deliveries()]

    async def news(self) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.work_for(self.device.organization_id) as work:
            rows = (await work.session.scalars(select(Event).order_by(Event.seq))).all()
        return [(row.kind, row.data) for row in rows]

    async def end_snooze(self) -> None:
        """As if the snooze's time had come."""
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Device)
                .where(Device.id == self.device.device_id)
                .values(snoozed_until=utc_now())
            )

    async def choose_webhook(self, url: str, secret: str) -> None:
        """Tell this webhook alone."""
        hook = Destination(ChannelKind.WEBHOOK, url, secret)
        await choose(self.database, self.owner, channels=[hook])

    async def let_cooldown_pass(self, minutes: float = 31) -> None:
        """As if every message so far had been queued that much earlier."""
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Delivery).values(created_at=Delivery.created_at - timedelta(minutes=minutes))
            )


async def make_camera(database: Database, *, friendly_name: str = "Bench camera") -> Camera:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id, friendly_name=friendly_name)
    return Camera(database, device, owner)
