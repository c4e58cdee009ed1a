"""Standing orders over HTTP: made, read, changed, removed, and refused in words."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from cloud.accounts.models import Role
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.triggers.scheduling import MOST_SCHEDULES, SCHEDULES
from tests.devices.arranging import Signed, owner_of, read_audit
from tests.factories import SomeDevice, make_device, make_user, signed_in

DAILY = {"cron": "0 8 * * *", "time_zone": "Europe/Berlin", "label": "Morning"}


def path_of(device: SomeDevice, schedule_id: str = "") -> str:
    return f"/v1/devices/{device.unit_id}/schedules{schedule_id and '/' + schedule_id}"


async def make(owner: Signed, device: SomeDevice, **body: Any) -> dict[str, Any]:
    answer = await owner.client.post(path_of(device), json=body or DAILY)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def change(
    owner: Signed, device: SomeDevice, made: dict[str, Any], **body: Any
) -> httpx2.Response:
    return await owner.client.patch(path_of(device, made["id"]), json=body)


async def queued(database: Database, made: dict[str, Any]) -> QueuedWork | None:
    async with database.work() as work:
        row: QueuedWork | None = await work.scalar(
            select(QueuedWork).where(
                QueuedWork.queue == SCHEDULES.name, QueuedWork.id == made["id"]
            )
        )
    return row


async def test_a_schedule_is_made_read_changed_and_removed(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    made = await make(owner, device)
    upcoming = [datetime.fromisoformat(moment) for moment in made["next"]]
    assert len(upcoming) == 5
    assert upcoming == sorted(upcoming)
    assert all(moment > utc_now() for moment in upcoming)
    assert {key: made[key] for key in DAILY} == DAILY
    assert (made["enabled"], made["active_hours"], made["interval_seconds"]) == (True, None, None)
    found = (await owner.client.get(path_of(device))).json()
    assert found == {"schedules": [made], "next_cursor": None}
    changed = (await change(owner, device, made, label="Noon", cron="0 12 * * *")).json()
    assert (changed["label"], changed["cron"]) == ("Noon", "0 12 * * *")
    assert (await owner.client.delete(path_of(device, made["id"]))).status_code == 204
    assert (await owner.client.get(path_of(device))).json()["schedules"] == []
    assert await queued(database, made) is None
    assert [entry.action for entry in await read_audit(database, owner.someone)] == [
        "schedule.added",
        "schedule.changed",
        "schedule.removed",
    ]


async def test_the_newest_schedule_comes_first(owner: Signed, device: SomeDevice) -> None:
    first, second = await make(owner, device), await make(owner, device, interval_seconds=60)
    found = (await owner.client.get(path_of(device))).json()["schedules"]
    assert [each["id"] for each in found] == [second["id"], first["id"]]


async def test_one_kind_of_time_takes_the_place_of_the_other(
    owner: Signed, device: SomeDevice
) -> None:
    made = await make(owner, device)
    by_interval = (await change(owner, device, made, interval_seconds=7)).json()
    assert (by_interval["interval_seconds"], by_interval["cron"]) == (7, None)
    by_cron = (await change(owner, device, made, cron=" 0  8 * * mon-fri ")).json()
    assert (by_cron["interval_seconds"], by_cron["cron"]) == (None, "0 8 * * MON-FRI")


async def test_without_a_zone_the_organizations_counts(owner: Signed, device: SomeDevice) -> None:
    await owner.client.patch("/v1/organization", json={"time_zone": "Asia/Kathmandu"})
    made = await make(owner, device, cron="0 8 * * *")
    assert made["time_zone"] == "Asia/Kathmandu"
    assert made["next"][0].endswith("T02:15:00.000Z")


async def test_switched_off_it_waits_for_nothing(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    made = await make(owner, device, interval_seconds=60)
    assert await queued(database, made) is not None
    off = (await change(owner, device, made, enabled=False)).json()
    assert (off["enabled"], off["next"]) == (False, [])
    assert await queued(database, made) is None
    on = (await change(owner, device, made, enabled=True)).json()
    assert len(on["next"]) == 5
    row = await queued(database, made)
    assert row is not None
    assert row.due_at <= utc_now() + timedelta(seconds=76)


WINDOW = {"days": ["mon"], "from": "08:00", "to": "18:00"}


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({}, "interval_seconds", "one of the two"),
        ({"interval_seconds": 60, "cron": "0 8 * * *"}, "interval_seconds", "one of the two"),
        ({"interval_seconds": 6}, "interval_seconds", "from 7 to 604800"),
        ({"interval_seconds": 7.5}, "interval_seconds", "whole number"),
        ({"interval_seconds": True}, "interval_seconds", "whole number"),
        ({"cron": "nonsense"}, "cron", "five fields"),
        ({"cron": "*/5 * * * * *"}, "cron", "use interval_seconds"),
        ({"cron": "61 * * * *"}, "cron", "0 to 59"),
        ({"cron": "0 25 * * *"}, "cron", "0 to 23"),
        ({"cron": "0 8 0 * *"}, "cron", "1 to 31"),
        ({"cron": "0 8 * 13 *"}, "cron", "JAN to DEC"),
        ({"cron": "0 8 * * FOO"}, "cron", "SUN to SAT"),
        ({"cron": "0 8 31 2 *"}, "cron", "one that its months have"),
        ({"cron": "0 8 */40 * MON#3"}, "cron", "never does"),
        ({"cron": "0 3 * * *", "active_hours": [WINDOW]}, "cron", "within active_hours"),
        ({"cron": "0 3 * 2 MON#5", "active_hours": [WINDOW]}, "cron", "within active_hours"),
        ({**DAILY, "time_zone": "Mars/Olympus"}, "time_zone", "Europe/Zurich"),
        ({**DAILY, "active_hours": []}, "active_hours", "at least 1"),
        ({**DAILY, "active_hours": [WINDOW] * 15}, "active_hours", "at most 14"),
        ({**DAILY, "active_hours": [WINDOW | {"days": []}]}, "active_hours.0.days", "at least 1"),
        ({**DAILY, "active_hours": [WINDOW | {"days": ["tag"]}]}, "active_hours.0.days.0", "'mon'"),
        ({**DAILY, "active_hours": [WINDOW | {"to": "08:00"}]}, "active_hours.0", "must differ"),
        ({**DAILY, "active_hours": [WINDOW | {"to": "25:00"}]}, "active_hours.0.to", "pattern"),
        ({**DAILY, "label": "x" * 81}, "label", "at most 80"),
        ({**DAILY, "every": 5}, "every", "not permitted"),
    ],
)
async def test_what_makes_no_schedule_is_refused_and_says_what_is_allowed(
    owner: Signed, device: SomeDevice, body: dict[str, Any], field: str, said: str
) -> None:
    refused = await owner.client.post(path_of(device), json=body)
    assert refused.status_code == 422
    told = {error["field"]: error["message"] for error in refused.json()["errors"]}
    assert said in told[field]
    assert (await owner.client.get(path_of(device))).json()["schedules"] == []


async def test_a_schedule_can_be_sent_back_as_it_was_read(
    owner: Signed, device: SomeDevice
) -> None:
    made = await make(owner, device)
    answer = await change(owner, device, made, **made)
    assert (answer.status_code, answer.json()) == (200, made)


async def config_of(owner: Signed, device: SomeDevice) -> tuple[bool, int]:
    """Whether the digital input is heard, and the version of the configuration."""
    path = f"/v1/devices/{device.unit_id}"
    config = (await owner.client.get(f"{path}/config")).json()
    version = (await owner.client.get(path)).json()["config_version"]
    return config["trigger"]["digital_input_enabled"], version


async def test_the_digital_input_of_a_schedule_is_that_of_the_cameras_configuration(
    owner: Signed, device: SomeDevice
) -> None:
    plain = await make(owner, device)
    assert plain["digital_input"] is False
    _, version = await config_of(owner, device)
    made = await make(owner, device, interval_seconds=60, digital_input=True)
    assert made["digital_input"] is True
    assert await config_of(owner, device) == (True, version + 1)
    found = (await owner.client.get(path_of(device))).json()["schedules"]
    assert [each["digital_input"] for each in found] == [True, True]
    again = (await change(owner, device, made, label="Noon", digital_input=True)).json()
    assert (again["digital_input"], again["next"]) == (True, made["next"])
    assert await config_of(owner, device) == (True, version + 1)
    off = (await change(owner, device, plain, digital_input=False)).json()
    assert off["digital_input"] is False
    assert await config_of(owner, device) == (False, version + 2)
    heard = {"trigger": {"digital_input_enabled": True}}
    await owner.client.put(f"/v1/devices/{device.unit_id}/config", json=heard)
    (first, *_) = (await owner.client.get(path_of(device))).json()["schedules"]
    assert first["digital_input"] is True


async def test_a_refused_schedule_leaves_the_digital_input_as_it_is(
    owner: Signed, device: SomeDevice
) -> None:
    before = await config_of(owner, device)
    refused = await owner.client.post(path_of(device), json={"digital_input": True})
    assert refused.status_code == 422
    assert await config_of(owner, device) == before


async def test_a_null_label_is_none(owner: Signed, device: SomeDevice) -> None:
    made = await make(owner, device, interval_seconds=60, label=None)
    assert made["label"] == ""
    await change(owner, device, made, label="Noon")
    assert (await change(owner, device, made, label=None)).json()["label"] == ""


async def test_schedules_come_in_pages(owner: Signed, device: SomeDevice) -> None:
    made = [await make(owner, device) for _ in range(3)]
    first = (await owner.client.get(path_of(device), params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await owner.client.get(path_of(device), params=query)).json()
    assert first["schedules"] + rest["schedules"] == made[::-1]
    assert rest["next_cursor"] is None
    for wrong in ({"limit": "0"}, {"limit": "201"}, {"cursor": "zz"}):
        assert (await owner.client.get(path_of(device), params=wrong)).status_code == 422


async def test_a_change_that_makes_no_sense_changes_nothing(
    owner: Signed, device: SomeDevice
) -> None:
    made = await make(owner, device)
    refused = await change(owner, device, made, interval_seconds=60, cron="0 8 * * *")
    assert (refused.status_code, refused.json()["code"]) == (422, "schedule_contradictory")
    assert (await change(owner, device, made, cron=None)).status_code == 422
    assert (await owner.client.get(path_of(device))).json()["schedules"] == [made]


async def test_a_camera_has_no_more_schedules_than_it_may(
    owner: Signed, device: SomeDevice
) -> None:
    for _ in range(MOST_SCHEDULES):
        await make(owner, device, interval_seconds=600)
    refused = await owner.client.post(path_of(device), json=DAILY)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_schedules")


async def test_the_camera_reads_its_own_schedules_and_no_others(
    owner: Signed, device: SomeDevice, database: Database, client: httpx2.AsyncClient
) -> None:
    made = await make(owner, device)
    found = await client.get(path_of(device), headers=device.headers)
    assert [each["id"] for each in found.json()["schedules"]] == [made["id"]]
    beside = await make_device(database, device.organization_id)
    assert (await client.get(path_of(device), headers=beside.headers)).status_code == 404
    written = await client.post(path_of(device), json=DAILY, headers=device.headers)
    assert written.status_code == 401


async def test_viewers_read_and_members_write(
    owner: Signed, device: SomeDevice, database: Database, base_url: str
) -> None:
    made = await make(owner, device)
    viewer = await make_user(database, device.organization_id, role=Role.VIEWER)
    async with signed_in(base_url, viewer) as looking:
        assert (await looking.get(path_of(device))).status_code == 200
        assert (await looking.post(path_of(device), json=DAILY)).status_code == 403
        path = path_of(device, made["id"])
        assert (await looking.patch(path, json={"label": "Mine"})).status_code == 403
        assert (await looking.delete(path)).status_code == 403
    member = await make_user(database, device.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, member) as writing:
        assert (await writing.post(path_of(device), json=DAILY)).status_code == 201


async def test_schedules_of_others_are_not_there(
    owner: Signed, device: SomeDevice, database: Database, base_url: str
) -> None:
    made = await make(owner, device)
    other = await make_device(database, device.organization_id)
    assert (await owner.client.delete(path_of(other, made["id"]))).status_code == 404
    async with owner_of(database, base_url) as stranger:
        assert (await stranger.client.get(path_of(device))).status_code == 404
        assert (await change(stranger, device, made, enabled=False)).status_code == 404
        assert (await stranger.client.delete(path_of(device, made["id"]))).status_code == 404
    assert (await owner.client.get(path_of(device))).json()["schedules"] == [made]
