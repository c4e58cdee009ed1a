"""The Device document over HTTP: listed, read, changed, and true."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from cloud.accounts.models import Role
from cloud.captures.models import Capture, DispositionVerdict, EvaluationStatus, State
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.evaluation.baseline.memory import MINIMUM_REFERENCES
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.triggers.models import Schedule
from tests.devices.arranging import Signed, heartbeat, owner_of, read_audit
from tests.factories import SomeDevice, make_device, make_user, signed_in

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def owner(database: Database, base_url: str) -> AsyncIterator[Signed]:
    async with owner_of(database, base_url) as signed:
        yield signed


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def add_capture(database: Database, device: SomeDevice, at: datetime, **values: Any) -> str:
    """A judged, normal capture, unless the values say otherwise."""
    fields = {
        "evaluation_status": EvaluationStatus.COMPLETED,
        "state": State.NORMAL,
        "received_at": at,
        "agents": [],
        **values,
    }
    capture = Capture(
        id=new_id(),
        organization_id=device.organization_id,
        device_id=device.device_id,
        unit_id=device.unit_id,
        captured_at=at,
        sha256="0" * 64,
        etag="0" * 64,
        bytes=1,
        width=16,
        height=16,
        phash=0,
        **fields,
    )
    async with database.work_for(device.organization_id) as work:
        work.add(capture)
    return str(capture.id)


async def learn(database: Database, device: SomeDevice, count: int = MINIMUM_REFERENCES) -> None:
    for number in range(count):
        await add_capture(
            database,
            device,
            utc_now() - 2 * HOUR - number * MINUTE,
            disposition=DispositionVerdict.NORMAL,
        )


async def read(owner: Signed, device: SomeDevice) -> dict[str, Any]:
    answer = await owner.client.get(f"/v1/devices/{device.unit_id}")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_a_device_never_heard_from_says_so(owner: Signed, device: SomeDevice) -> None:
    document = await read(owner, device)
    assert document["is_online"] is False
    assert document["watching"]["state"] == "not_watching"
    assert document["watching"]["reason"].startswith("Never heard from.")
    assert document["latest_capture"] is None
    assert document["learning"] == {"have": 0, "need": MINIMUM_REFERENCES}
    assert document["counts_24h"] == {"due": 0, "received": 0, "evaluated": 0, "abnormal": 0}


async def test_a_judged_device_that_has_learnt_is_watching(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await learn(database, device)
    latest = await add_capture(database, device, utc_now())
    document = await read(owner, device)
    assert document["watching"]["state"] == "watching"
    assert document["learning"] is None
    assert document["latest_capture"]["record_id"] == latest


async def test_a_device_that_has_not_learnt_enough_is_degraded(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await learn(database, device, MINIMUM_REFERENCES - 1)
    await add_capture(database, device, utc_now())
    document = await read(owner, device)
    assert document["watching"]["state"] == "degraded"
    assert document["watching"]["reason"].startswith(
        f"Learning {MINIMUM_REFERENCES - 1} of {MINIMUM_REFERENCES}."
    )


async def test_a_model_without_a_description_is_degraded_until_there_is_one(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    path = f"/v1/devices/{device.unit_id}"
    await owner.client.put(f"{path}/config", json={"evaluation": {"classifier": "openai"}})
    await add_capture(database, device, utc_now())
    document = await read(owner, device)
    assert document["learning"] is None
    assert document["watching"]["reason"].startswith("No normal description.")
    await owner.client.post(f"{path}/descriptions", json={"text": "A clear bench."})
    assert (await read(owner, device))["watching"]["state"] == "watching"


async def test_a_failure_is_told_in_its_own_words(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await add_capture(
        database,
        device,
        utc_now(),
        evaluation_status=EvaluationStatus.FAILED,
        state=None,
        failure_code="ai_unavailable",
        failure_detail="The model did not answer in time.",
    )
    watching = (await read(owner, device))["watching"]
    assert watching["state"] == "not_watching"
    assert watching["reason"].endswith("The model did not answer in time.")


async def test_the_interval_that_the_camera_reports_counts(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await learn(database, device)
    await add_capture(database, device, utc_now() - 10 * MINUTE)
    before = (await read(owner, device))["watching"]["state"]
    await owner.client.post(
        f"/v1/devices/{device.unit_id}/heartbeat",
        json=heartbeat(interval_seconds=3600),
        headers=device.headers,
    )
    document = await read(owner, device)
    assert (before, document["watching"]["state"]) == ("degraded", "watching")
    assert document["is_online"] is True
    assert document["device_version"] == "1.0.0"


async def test_a_camera_that_is_gone_does_not_know_of_an_interval_that_was_set_since(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    said = heartbeat(interval_seconds=86_400)
    async with database.work_for(device.organization_id) as work:
        row = await get_device(work, device.unit_id)
        row.activated_at, row.last_seen_at = utc_now() - 2 * HOUR, utc_now()
        row.heartbeat, row.config = said, {"trigger": {"interval_seconds": 60}}
    assert (await read(owner, device))["counts_24h"]["due"] == 0
    async with database.work_for(device.organization_id) as work:
        (await get_device(work, device.unit_id)).config_version += 1
    assert (await read(owner, device))["counts_24h"]["due"] == 0
    async with database.work_for(device.organization_id) as work:
        (await get_device(work, device.unit_id)).last_seen_at = utc_now() - HOUR
    assert (await read(owner, device))["counts_24h"]["due"] == 120


async def test_what_waits_in_the_cameras_spool_is_shown_with_its_age(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    assert (await read(owner, device))["heartbeat"] is None
    async with database.work_for(device.organization_id) as work:
        (await get_device(work, device.unit_id)).activated_at -= HOUR
    clock = datetime(1970, 1, 1, 0, 12, tzinfo=UTC)
    blind = {"state": "no_picture", "since": str(clock), "detail": "There is no /dev/video0."}
    spool = {"waiting": 2, "oldest_at": str(clock - 5 * MINUTE), "dropped": 1}
    await owner.client.post(
        f"/v1/devices/{device.unit_id}/heartbeat",
        json=heartbeat(spool=spool, sent_at=str(clock), temperature_c=51.5, camera=blind),
        headers=device.headers,
    )
    said = (await read(owner, device))["heartbeat"]
    assert (said["spool_waiting"], said["spool_dropped"]) == (2, 1)
    waits_since = datetime.fromisoformat(said["spool_oldest_at"])
    assert utc_now() - waits_since == pytest.approx(5 * MINUTE, abs=MINUTE)
    assert said["temperature_c"] == 51.5
    assert said["camera_trouble"] == "There is no /dev/video0."


async def test_one_capture_dated_in_the_future_hides_none_that_follow(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await learn(database, device)
    now = utc_now()
    await add_capture(
        database, device, now + timedelta(days=900), received_at=now - MINUTE, clock_suspect=True
    )
    assert "clock" in (await read(owner, device))["watching"]["reason"]
    latest = await add_capture(database, device, utc_now())
    document = await read(owner, device)
    assert document["latest_capture"]["record_id"] == latest
    assert document["watching"]["state"] == "watching"


async def test_a_clock_that_was_hours_ahead_for_one_picture_hides_none_that_follow(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await learn(database, device)
    now = utc_now()
    await add_capture(database, device, now + 9 * HOUR, received_at=now - HOUR)
    latest = await add_capture(database, device, now - MINUTE)
    document = await read(owner, device)
    assert document["latest_capture"]["record_id"] == latest
    assert document["watching"]["state"] == "watching"


async def test_a_clock_that_stays_hours_ahead_hides_nothing_either(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await learn(database, device)
    now = utc_now()
    for age in (10 * MINUTE, 5 * MINUTE, MINUTE):
        latest = await add_capture(database, device, now - age + HOUR, received_at=now - age)
    document = await read(owner, device)
    assert document["latest_capture"]["record_id"] == latest
    assert document["watching"]["state"] == "watching"


async def test_a_deleted_capture_counts_for_nothing(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await add_capture(database, device, utc_now(), deleted_at=utc_now())
    document = await read(owner, device)
    assert document["latest_capture"] is None
    assert document["counts_24h"]["received"] == 0


async def test_the_last_day_is_counted(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    now = utc_now()
    await add_capture(database, device, now - HOUR)
    await add_capture(database, device, now - HOUR, state=State.ABNORMAL)
    await add_capture(
        database, device, now - HOUR, evaluation_status=EvaluationStatus.PENDING, state=None
    )
    await add_capture(database, device, now - 25 * HOUR, state=State.ABNORMAL)
    counts = (await read(owner, device))["counts_24h"]
    assert counts == {"due": 0, "received": 3, "evaluated": 2, "abnormal": 1}


async def test_what_schedules_ask_for_counts_as_due(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    """Half an hour by its own interval of five minutes, then half an hour by a schedule."""
    answer = await owner.client.post(
        f"/v1/devices/{device.unit_id}/schedules", json={"interval_seconds": 60}
    )
    assert answer.status_code == 201
    async with database.work_for(device.organization_id) as work:
        now = utc_now()
        await work.execute(update(Device).values(activated_at=now - HOUR))
        await work.execute(update(Schedule).values(in_force_since=now - 30 * MINUTE))
    assert (await read(owner, device))["counts_24h"]["due"] in {6 + 29, 6 + 30, 6 + 31}


async def test_devices_are_listed_page_by_page_the_newest_first(
    owner: Signed, database: Database, base_url: str
) -> None:
    made = [(await make_device(database, owner.someone.organization_id)).unit_id for _ in range(3)]
    page = (await owner.client.get("/v1/devices", params={"limit": 2})).json()
    rest = (await owner.client.get("/v1/devices", params={"cursor": page["next_cursor"]})).json()
    seen = [one["device_id"] for one in page["devices"] + rest["devices"]]
    assert seen == made[::-1]
    assert rest["next_cursor"] is None


async def test_a_list_shows_each_camera_with_its_own_newest_capture(
    owner: Signed, database: Database
) -> None:
    first, second = [await make_device(database, owner.someone.organization_id) for _ in range(2)]
    expected = {}
    for device in (first, second):
        await add_capture(database, device, utc_now() - MINUTE)
        expected[device.unit_id] = await add_capture(database, device, utc_now())
    listed = (await owner.client.get("/v1/devices")).json()["devices"]
    assert {one["device_id"]: one["latest_capture"]["record_id"] for one in listed} == expected


async def test_nobody_sees_anothers_cameras(
    owner: Signed, device: SomeDevice, database: Database, base_url: str
) -> None:
    async with owner_of(database, base_url) as stranger:
        assert (await stranger.client.get("/v1/devices")).json()["devices"] == []
        assert (await stranger.client.get(f"/v1/devices/{device.unit_id}")).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_change_touches_only_what_was_sent(
    owner: Signed, device: SomeDevice, database: Database, method: str
) -> None:
    path = f"/v1/devices/{device.unit_id}"
    await owner.client.request(method, path, json={"location": "Hall 2"})
    answer = await owner.client.request(method, path, json={"friendly_name": "  Yard\ncam "})
    assert answer.status_code == 200
    assert answer.json()["friendly_name"] == "Yard cam"
    assert answer.json()["location"] == "Hall 2"
    cleared = await owner.client.request(method, path, json={"location": ""})
    assert cleared.json()["location"] is None
    entry = (await read_audit(database, owner.someone))[-1]
    assert (entry.action, entry.detail) == ("device.edited", {"location": ""})


async def test_pausing_shows_and_reaches_the_camera_by_its_config_version(
    owner: Signed, device: SomeDevice
) -> None:
    path = f"/v1/devices/{device.unit_id}"
    paused = (await owner.client.patch(path, json={"status": "paused"})).json()
    assert (paused["status"], paused["config_version"]) == ("paused", 2)
    assert paused["watching"]["reason"].startswith("Paused.")
    since = datetime.fromisoformat(paused["watching"]["since"])
    assert abs(utc_now() - since) < MINUTE
    again = (await owner.client.patch(path, json={"status": "paused"})).json()
    assert again["config_version"] == 2
    resumed = (await owner.client.patch(path, json={"status": "active"})).json()
    assert (resumed["status"], resumed["config_version"]) == ("active", 3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"friendly_name": ""}, "friendly_name"),
        ({"friendly_name": "x" * 101}, "friendly_name"),
        ({"status": "broken"}, "status"),
        ({"location": "x" * 201}, "location"),
        ({"organization_id": "x"}, "organization_id"),
        ({"is_online": True}, "is_online"),
    ],
)
async def test_what_cannot_be_changed_is_refused(
    owner: Signed, device: SomeDevice, body: dict[str, object], field: str
) -> None:
    answer = await owner.client.patch(f"/v1/devices/{device.unit_id}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_viewers_see_and_do_not_change(
    owner: Signed, device: SomeDevice, database: Database, base_url: str
) -> None:
    viewer = await make_user(database, owner.someone.organization_id, role=Role.VIEWER)
    path = f"/v1/devices/{device.unit_id}"
    async with signed_in(base_url, viewer) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.get("/v1/devices")).status_code == 200
        assert (await client.patch(path, json={"friendly_name": "Mine"})).status_code == 403
