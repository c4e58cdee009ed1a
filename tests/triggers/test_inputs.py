"""Pictures that a camera's digital input asked for: the history has them, each once."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from cloud.triggers.sweeping import sweep
from tests.captures.pictures import draw, encode
from tests.devices.arranging import Signed, read_events
from tests.factories import SomeDevice

PICTURE = encode(draw())


async def upload(client: httpx2.AsyncClient, device: SomeDevice, **fields: Any) -> httpx2.Response:
    return await client.post(
        "/v1/captures",
        data={"captured_at": rfc3339(utc_now()), "trigger_label": "input", **fields},
        files={"image": ("picture.jpg", PICTURE, "image/jpeg")},
        headers=device.headers,
    )


async def history(owner: Signed, device: SomeDevice) -> list[dict[str, Any]]:
    answer = await owner.client.get(f"/v1/devices/{device.unit_id}/triggers")
    found: list[dict[str, Any]] = answer.json()["triggers"]
    return found


async def test_a_picture_by_input_is_a_trigger_that_led_to_it(
    client: httpx2.AsyncClient, owner: Signed, device: SomeDevice, database: Database
) -> None:
    captured_at = rfc3339(utc_now() - timedelta(minutes=3))
    record_id = (await upload(client, device, captured_at=captured_at)).json()["record_id"]
    (trigger,) = await history(owner, device)
    assert (trigger["kind"], trigger["status"]) == ("input", "executed")
    assert trigger["record_id"] == record_id
    assert trigger["requested_at"] == trigger["executed_at"] == captured_at
    assert [trigger[name] for name in ("requested_by", "sent_at", "error")] == [None] * 3
    events = {event.kind: event for event in await read_events(database, owner.someone)}
    assert events["trigger.updated"].data == trigger
    assert events["trigger.updated"].device_id == device.unit_id


async def test_a_repeated_upload_is_no_second_trigger(
    client: httpx2.AsyncClient, owner: Signed, device: SomeDevice, database: Database
) -> None:
    fields = {"captured_at": rfc3339(utc_now()), "sequence": "1", "spool_id": "card"}
    answers = [await upload(client, device, **fields) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len(await history(owner, device)) == 1
    kinds = [event.kind for event in await read_events(database, owner.someone)]
    assert kinds.count("trigger.updated") == 1


@pytest.mark.parametrize(
    "fields", [{"trigger_label": "interval"}, {"trigger_id": "somebody asked"}]
)
async def test_another_picture_is_no_trigger_by_input(
    client: httpx2.AsyncClient, owner: Signed, device: SomeDevice, fields: dict[str, str]
) -> None:
    assert (await upload(client, device, **fields)).status_code == 201
    assert await history(owner, device) == []


@pytest.mark.parametrize("said", ["1970-01-01T00:01:00Z", "2021-03-01T12:00:00Z"])
async def test_an_input_of_a_camera_whose_clock_is_long_ago_stays_in_the_history(
    client: httpx2.AsyncClient, owner: Signed, device: SomeDevice, database: Database, said: str
) -> None:
    received_at = (await upload(client, device, captured_at=said)).json()["received_at"]
    await sweep(database)
    (trigger,) = await history(owner, device)
    assert trigger["requested_at"] == received_at


async def test_an_input_keeps_nobody_from_asking_whatever_the_cameras_clock_says(
    client: httpx2.AsyncClient, owner: Signed, device: SomeDevice
) -> None:
    ahead = rfc3339(utc_now() + timedelta(days=2))
    assert (await upload(client, device, captured_at=ahead)).status_code == 201
    (trigger,) = await history(owner, device)
    assert trigger["requested_at"] < ahead
    asked = await owner.client.post(f"/v1/devices/{device.unit_id}/trigger")
    assert asked.status_code == 202
