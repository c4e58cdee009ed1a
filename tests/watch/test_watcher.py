"""The watching of the watching: what is written, told and mailed as a camera's days go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from cloud.accounts.models import Organization
from cloud.alerts.models import Delivery, Incident, IncidentState, ResolvedAs
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.devices.looking import WATCHING, ask_for_look
from cloud.devices.models import Device
from cloud.events.models import Event
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.kit.settings import Settings
from cloud.watch import watcher as watcher_module
from cloud.watch.documents import facts_of
from cloud.watch.facts import Facts
from cloud.watch.models import WatchingChange
from cloud.watch.watcher import Watcher
from tests.devices.arranging import Signed, heartbeat, owner_of
from tests.factories import SomeDevice, make_device
from tests.watch.test_devices import add_capture, learn

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR
INTERVAL = 5 * MINUTE


@dataclass
class Camera:
    """A camera that takes a picture every five minutes, and the worker that looks at it."""

    database: Database
    watcher: Watcher
    owner: Signed
    device: SomeDevice

    async def look(self) -> None:
        """Ask for a look and have it: other tests' cameras may stand in the queue before."""
        async with self.database.work_for(self.device.organization_id) as work:
            await ask_for_look(work, self.device.device_id)
        await self.look_if_due()

    async def look_if_due(self) -> None:
        while await self._is_due():
            await self.watcher.turn()

    async def _is_due(self) -> bool:
        queued = await self.queued()
        return queued is not None and queued.due_at <= utc_now()

    async def queued(self) -> QueuedWork | None:
        async with self.database.work() as work:
            row: QueuedWork | None = await work.scalar(
                select(QueuedWork).where(
                    QueuedWork.queue == WATCHING.name, QueuedWork.id == self.device.device_id
                )
            )
        return row

    async def picture(self, age: timedelta = timedelta(), **values: Any) -> None:
        """A judged one, that was taken so long ago; the camera was heard then."""
        at = utc_now() - age
        await add_capture(self.database, self.device, at, **values)
        await self.heard(at)

    async def failed_picture(self, age: timedelta = timedelta(), code: str = "ai_timeout") -> None:
        await self.picture(
            age,
            evaluation_status=EvaluationStatus.FAILED,
            state=None,
            failure_code=code,
            failure_detail="The model did not answer in time.",
        )

    async def heard(self, at: datetime) -> None:
        await self._update(last_seen_at=at)

    async def _update(self, **values: Any) -> None:
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Device).where(Device.id == self.device.device_id).values(**values)
            )

    async def let_pass(self, span: timedelta) -> None:
        """As if all that came so far had come that much earlier."""
        async with self.database.work_for(self.device.organization_id) as work:
            await work.execute(
                update(Capture).values(
                    captured_at=Capture.captured_at - span, received_at=Capture.received_at - span
                )
            )
            await work.execute(update(Device).values(last_seen_at=Device.last_seen_at - span))

    async def rows(self, table: type[Any], *order: Any) -> Sequence[Any]:
        async with self.database.work_for(self.device.organization_id) as work:
            return (await work.session.scalars(select(table).order_by(*order))).all()

    async def changes(self) -> list[tuple[str, str]]:
        rows = await self.rows(WatchingChange, WatchingChange.id)
        return [(row.state, row.code) for row in rows]

    async def incidents(self) -> Sequence[Incident]:
        return await self.rows(Incident, Incident.opened_at)

    async def told(self) -> list[str]:
        return [row.kind for row in await self.rows(Delivery, Delivery.created_at)]

    async def news(self, kind: str) -> list[dict[str, Any]]:
        return [row.data for row in await self.rows(Event, Event.seq) if row.kind == kind]

    async def document(self) -> dict[str, Any]:
        answer = await self.owner.client.get(f"/v1/devices/{self.device.unit_id}")
        document: dict[str, Any] = answer.json()
        return document

    async def notify(self, **changes: Any) -> None:
        answer = await self.owner.client.put("/v1/notifications", json=changes)
        assert answer.status_code == 200


@pytest.fixture
async def camera(database: Database, settings: Settings, base_url: str) -> Any:
    async with owner_of(database, base_url) as owner:
        device = await make_device(database, owner.someone.organization_id)
        await learn(database, device)
        camera = Camera(database, Watcher(database, settings), owner, device)
        await camera._update(heartbeat=heartbeat())
        yield camera


async def test_a_camera_that_was_released_is_not_looked_at_any_more(camera: Camera) -> None:
    await camera.picture()
    await camera._update(released_at=utc_now())
    await camera.look()
    assert await camera.queued() is None


async def test_a_change_is_written_once_and_told_once(camera: Camera) -> None:
    await camera.picture()
    await camera.look()
    await camera.picture()
    await camera.look()
    assert await camera.changes() == [("watching", "judged")]
    (told,) = await camera.news("device.presence")
    assert told["device_id"] == camera.device.unit_id
    assert told["watching"]["state"] == "watching"
    assert told["watching"]["code"] == "judged"


async def test_since_is_when_it_began_not_when_the_last_picture_came(camera: Camera) -> None:
    await camera.picture(2 * MINUTE)
    await camera.look()
    began = (await camera.document())["watching"]["since"]
    await camera.picture()
    await camera.look()
    assert (await camera.document())["watching"]["since"] == began


async def test_uploads_that_stop_while_heartbeats_go_on_degrade_within_two_intervals(
    camera: Camera,
) -> None:
    await camera.picture()
    await camera.look()
    await camera.let_pass(1.8 * INTERVAL)
    await camera.owner.client.post(
        f"/v1/devices/{camera.device.unit_id}/heartbeat",
        json=heartbeat(),
        headers=camera.device.headers,
    )
    await camera.look_if_due()
    assert await camera.changes() == [("watching", "judged"), ("degraded", "silent")]
    await camera.picture()
    await camera.look()
    assert (await camera.changes())[-1] == ("watching", "judged")


async def test_the_next_look_comes_when_the_picture_would_be_late(camera: Camera) -> None:
    await camera._update(config={"heartbeat": {"interval_seconds": 600}})
    await camera.picture()
    await camera.look()
    queued = await camera.queued()
    assert queued is not None
    assert 1.7 * INTERVAL < queued.due_at - utc_now() < 1.8 * INTERVAL


async def test_a_camera_that_is_unplugged_long_before_its_next_picture_is_not_watched(
    camera: Camera,
) -> None:
    await camera.owner.client.put(
        f"/v1/devices/{camera.device.unit_id}/config",
        json={"trigger": {"interval_seconds": 86_400}},
    )
    await camera.picture()
    await camera.look()
    queued = await camera.queued()
    assert queued is not None
    assert queued.due_at - utc_now() < 3.1 * MINUTE
    await camera.let_pass(5 * MINUTE)
    await camera.look()
    await camera.let_pass(15 * MINUTE)
    await camera.look()
    assert await camera.changes() == [
        ("watching", "judged"),
        ("degraded", "unheard"),
        ("not_watching", "unheard"),
    ]
    assert [each.kind for each in await camera.incidents()] == ["offline"]
    await camera.heard(utc_now())
    await camera.look()
    assert (await camera.changes())[-1] == ("watching", "judged")
    assert [each.state for each in await camera.incidents()] == ["resolved"]


async def test_a_camera_that_sends_pictures_alone_is_away_when_they_do_not_come(
    camera: Camera,
) -> None:
    await camera._update(heartbeat=None, config={"trigger": {"interval_seconds": 3600}})
    await camera.picture(50 * MINUTE)
    await camera.look()
    assert (await camera.document())["watching"]["state"] == "watching"
    assert await camera.incidents() == []
    await camera.let_pass(2 * HOUR)
    await camera.look()
    assert [each.kind for each in await camera.incidents()] == ["offline"]


async def test_models_that_fail_are_not_watching_and_an_incident_after_a_while(
    camera: Camera,
) -> None:
    await camera.picture(30 * MINUTE)
    await camera.failed_picture()
    await camera.look()
    await camera.look()
    assert await camera.changes() == [("not_watching", "ai_failing")]
    reason = (await camera.document())["watching"]["reason"]
    assert reason == "AI failing: The model did not answer in time."
    (incident,) = await camera.incidents()
    assert (incident.kind, incident.state) == ("ai_failing", IncidentState.OPEN)
    assert await camera.told() == ["opened"]
    await camera.picture()
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.resolved_as == ResolvedAs.RECOVERED
    assert await camera.told() == ["opened", "recovered"]


async def test_a_budget_used_up_is_not_watching_and_one_incident_told_once(camera: Camera) -> None:
    for _ in range(2):
        await camera.failed_picture(code="budget_paused")
        await camera.look()
    assert await camera.changes() == [("not_watching", "budget_paused")]
    (incident,) = await camera.incidents()
    assert (incident.kind, incident.state) == ("budget", IncidentState.OPEN)
    assert await camera.told() == ["opened"]
    await camera.failed_picture(code="not_sampled")
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.resolved_as == ResolvedAs.RECOVERED
    assert await camera.told() == ["opened", "recovered"]


async def unusable_picture(camera: Camera, age: timedelta = timedelta()) -> None:
    reason = "scene_unusable: The picture is blurred. Clean the lens."
    await camera.picture(age, state=State.UNCERTAIN, reason=reason)


async def test_pictures_that_show_nothing_are_not_watching_and_one_incident_until_they_do(
    camera: Camera,
) -> None:
    await camera.picture(INTERVAL)
    await camera.look()
    await unusable_picture(camera)
    await camera.look()
    assert (await camera.changes())[-1] == ("not_watching", "scene_unusable")
    watching = (await camera.document())["watching"]
    assert watching["reason"] == "The picture is blurred. Clean the lens."
    await camera.let_pass(INTERVAL)
    await unusable_picture(camera)
    await camera.look()
    (incident,) = await camera.incidents()
    assert (incident.kind, incident.state) == ("scene_unusable", IncidentState.OPEN)
    assert await camera.told() == ["opened"]
    await camera.picture()
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.resolved_as == ResolvedAs.RECOVERED
    assert await camera.told() == ["opened", "recovered"]


async def test_a_view_that_a_person_dealt_with_opens_no_second_incident_while_it_lasts(
    camera: Camera,
) -> None:
    await unusable_picture(camera, MINUTE)
    await camera.look()
    (incident,) = await camera.incidents()
    path = f"/v1/incidents/{incident.id}/resolve"
    answer = await camera.owner.client.post(path, json={"as": "real"})
    assert answer.status_code == 200
    await unusable_picture(camera)
    await camera.look()
    assert [one.resolved_as for one in await camera.incidents()] == [ResolvedAs.REAL]


async def test_what_was_deliberately_not_judged_is_no_failing_model(camera: Camera) -> None:
    await camera.picture(30 * MINUTE)
    await camera.failed_picture(code="image_missing")
    await camera.look()
    assert await camera.changes() == [("not_watching", "judging_failed")]
    assert await camera.incidents() == []


async def test_a_camera_away_is_one_incident_with_one_message_and_one_recovery(
    camera: Camera,
) -> None:
    await camera.picture(14 * MINUTE)
    await camera.look()
    assert await camera.incidents() == []
    await camera.let_pass(2 * MINUTE)
    await camera.look()
    await camera.look()
    (incident,) = await camera.incidents()
    assert (incident.kind, incident.state) == ("offline", IncidentState.OPEN)
    assert utc_now() - incident.opened_at == pytest.approx(16 * MINUTE, abs=MINUTE)
    assert await camera.told() == ["opened"]
    await camera.picture()
    await camera.look()
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.resolved_as == ResolvedAs.RECOVERED
    assert await camera.told() == ["opened", "recovered"]
    assert len(await camera.news("incident.opened")) == 1
    assert len(await camera.news("incident.closed")) == 1


async def test_pictures_that_come_while_the_clock_is_set_back_are_no_absence(
    camera: Camera,
) -> None:
    now = utc_now()
    for age, ahead in ((2 * HOUR, 9 * HOUR), (40 * MINUTE, 5 * HOUR), (MINUTE, 4 * HOUR)):
        await add_capture(camera.database, camera.device, now + ahead, received_at=now - age)
    await camera._update(last_seen_at=now, last_captured_at=now - MINUTE)
    await camera.look()
    assert await camera.changes() == [("watching", "judged")]
    assert await camera.incidents() == []


async def test_heartbeats_alone_do_not_end_an_absence(camera: Camera) -> None:
    await camera.picture(40 * MINUTE)
    await camera.look()
    await camera.heard(utc_now())
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.state == IncidentState.OPEN


async def test_a_camera_may_be_away_for_as_long_as_the_operator_says(camera: Camera) -> None:
    await camera.notify(on_offline_after_minutes=60)
    await camera.picture(40 * MINUTE)
    await camera.look()
    assert await camera.incidents() == []
    await camera.notify(on_offline_after_minutes=None)
    await camera.let_pass(5 * HOUR)
    await camera.look()
    assert await camera.incidents() == []
    assert (await camera.owner.client.get("/v1/notifications")).json()[
        "on_offline_after_minutes"
    ] is None


async def test_an_absence_resolved_by_hand_is_not_opened_again_while_it_lasts(
    camera: Camera,
) -> None:
    await camera.picture(40 * MINUTE)
    await camera.look()
    (incident,) = await camera.incidents()
    path = f"/v1/incidents/{incident.id}/resolve"
    await camera.owner.client.post(path, json={"as": "real"})
    await camera.look()
    assert len(await camera.incidents()) == 1


async def test_a_camera_that_goes_again_is_a_new_incident(camera: Camera) -> None:
    await camera.picture(40 * MINUTE)
    await camera.look()
    await camera.picture()
    await camera.look()
    await camera.let_pass(40 * MINUTE)
    await camera.look()
    assert sorted(each.state for each in await camera.incidents()) == ["open", "resolved"]


async def test_a_released_camera_is_looked_at_no_more(camera: Camera) -> None:
    await camera.picture()
    await camera.look()
    await camera.owner.client.delete(f"/v1/devices/{camera.device.unit_id}")
    assert await camera.queued() is None


async def test_pausing_and_resuming_are_seen_at_once(camera: Camera) -> None:
    await camera.picture()
    path = f"/v1/devices/{camera.device.unit_id}"
    await camera.owner.client.patch(path, json={"status": "paused"})
    await camera.look_if_due()
    await camera.owner.client.patch(path, json={"status": "active"})
    await camera.look_if_due()
    assert await camera.changes() == [("not_watching", "paused"), ("watching", "judged")]


async def test_pausing_a_camera_that_is_away_ends_its_incident_and_tells_nobody(
    camera: Camera,
) -> None:
    await camera.picture(40 * MINUTE)
    await camera.look()
    path = f"/v1/devices/{camera.device.unit_id}"
    await camera.owner.client.patch(path, json={"status": "paused"})
    await camera.look_if_due()
    (listed,) = (await camera.owner.client.get("/v1/incidents")).json()["incidents"]
    assert (listed["state"], listed["resolved_as"]) == ("resolved", "paused")
    file = (await camera.owner.client.get(f"/v1/incidents/{listed['id']}")).json()
    assert "Its camera was paused." in [entry["text"] for entry in file["timeline"]]
    assert await camera.told() == ["opened"]


async def test_switching_off_the_interval_of_a_camera_that_is_away_ends_its_incident_untold(
    camera: Camera,
) -> None:
    await camera.picture(40 * MINUTE)
    await camera.heard(utc_now())
    await camera.look()
    path = f"/v1/devices/{camera.device.unit_id}/config"
    await camera.owner.client.put(path, json={"trigger": {"enabled": False}})
    await camera.look_if_due()
    (listed,) = (await camera.owner.client.get("/v1/incidents")).json()["incidents"]
    assert (listed["state"], listed["resolved_as"]) == ("resolved", "interval_off")
    file = (await camera.owner.client.get(f"/v1/incidents/{listed['id']}")).json()
    assert "Its interval was switched off." in [entry["text"] for entry in file["timeline"]]
    assert await camera.told() == ["opened"]


async def test_the_time_of_a_pause_is_no_silence(camera: Camera) -> None:
    await camera.picture(2 * DAY)
    await camera.heard(utc_now())
    path = f"/v1/devices/{camera.device.unit_id}"
    for status in ("paused", "active"):
        await camera.owner.client.patch(path, json={"status": status})
        await camera.look_if_due()
    watching = (await camera.document())["watching"]
    assert "Resumed; its next picture is due" in watching["reason"]
    assert await camera.incidents() == []
    await camera._update(status_changed_at=utc_now() - 40 * MINUTE, activated_at=utc_now() - DAY)
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.kind == "offline"


async def test_the_end_of_the_trial_ends_what_nobody_is_to_mend_any_more(camera: Camera) -> None:
    await camera.picture(30 * MINUTE)
    await camera.failed_picture()
    await camera.look()
    async with camera.database.work_for(camera.device.organization_id) as work:
        await work.execute(update(Organization).values(trial_ends_at=utc_now()))
    await camera.look()
    (incident,) = await camera.incidents()
    assert incident.resolved_as == ResolvedAs.TRIAL_ENDED
    assert await camera.told() == ["opened"]


async def test_a_camera_that_cannot_be_looked_at_keeps_no_other_from_being_watched(
    camera: Camera, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = await make_device(database, camera.device.organization_id)

    def fail_for_one(row: Any, *others: Any) -> Facts:
        if row.id == broken.device_id:
            raise OverflowError
        return facts_of(row, *others)

    monkeypatch.setattr(watcher_module, "facts_of", fail_for_one)
    await camera.picture(40 * MINUTE)
    async with database.work_for(camera.device.organization_id) as work:
        await ask_for_look(work, broken.device_id)
    await camera.look()
    assert [each.kind for each in await camera.incidents()] == ["offline"]
    monkeypatch.undo()
    async with database.work_for(camera.device.organization_id) as work:
        await ask_for_look(work, broken.device_id)
    await camera.look()
    written = {row.device_id for row in await camera.rows(WatchingChange, WatchingChange.id)}
    assert written == {camera.device.device_id, broken.device_id}


async def test_every_camera_of_an_organization_gets_its_own_row(
    camera: Camera, database: Database
) -> None:
    others = [
        await make_device(database, camera.device.organization_id, friendly_name=f"Camera {n}")
        for n in range(4)
    ]
    async with database.work_for(camera.device.organization_id) as work:
        for other in others:
            await ask_for_look(work, other.device_id)
    await camera.look()
    await camera.watcher.turn()
    written = {row.device_id for row in await camera.rows(WatchingChange, WatchingChange.id)}
    assert written == {camera.device.device_id, *(other.device_id for other in others)}
