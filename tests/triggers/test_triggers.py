"""Asking a camera for a picture: on its way, answered, refused, and told of as it happens."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from cloud.devices.commands import EXPIRIES, take_expiry_turn
from cloud.devices.models import Command, CommandStatus
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.triggers.asking import wait_before_asking
from cloud.triggers.models import Trigger, TriggerKind
from cloud.triggers.queries import Asking
from cloud.triggers.telling import take_telling_turn
from tests.captures.pictures import draw, encode
from tests.devices.arranging import Signed, owner_of, read_audit, read_events
from tests.devices.listening import acknowledge, commands
from tests.factories import SomeDevice

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def ask(owner: Signed, device: SomeDevice) -> httpx2.Response:
    return await owner.client.post(f"/v1/devices/{device.unit_id}/trigger")


async def history(owner: Signed, device: SomeDevice, **query: Any) -> dict[str, Any]:
    answer = await owner.client.get(f"/v1/devices/{device.unit_id}/triggers", params=query)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def newest(owner: Signed, device: SomeDevice) -> dict[str, Any]:
    found: dict[str, Any] = (await history(owner, device))["triggers"][0]
    return found


async def let_time_pass(database: Database, device: SomeDevice, *, seconds: float = 10) -> None:
    """As if every asking so far was so much earlier."""
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(Trigger)
            .where(Trigger.device_id == device.device_id)
            .values(requested_at=Trigger.requested_at - timedelta(seconds=seconds))
        )


async def told(database: Database, owner: Signed) -> list[str]:
    while await take_telling_turn(database):
        pass
    events = await read_events(database, owner.someone)
    return [event.data["status"] for event in events if event.kind == "trigger.updated"]


async def test_a_camera_that_is_away_finds_the_asking_when_it_comes(
    base_url: str, owner: Signed, device: SomeDevice, database: Database
) -> None:
    answer = await ask(owner, device)
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["status"], asked["connected"]) == ("queued", False)
    queued = await newest(owner, device)
    assert queued["trigger_id"] == asked["trigger_id"]
    assert (queued["kind"], queued["status"]) == ("manual", "queued")
    assert queued["requested_by"] == owner.someone.email
    async with commands(base_url, device) as camera:
        _, heard = await camera.take(2)
    assert heard.data["trigger_id"] == asked["trigger_id"]
    sent = await newest(owner, device)
    assert sent["status"] == "sent"
    assert sent["sent_at"] is not None
    assert await told(database, owner) == ["queued", "sent"]
    assert [entry.action for entry in await read_audit(database, owner.someone)] == [
        "device.triggered"
    ]


async def test_a_camera_that_listens_is_asked_and_its_capture_is_linked(
    base_url: str, owner: Signed, device: SomeDevice, database: Database, client: httpx2.AsyncClient
) -> None:
    async with commands(base_url, device) as camera:
        await camera.next()
        asked = (await ask(owner, device)).json()
        heard = await camera.next()
    assert (asked["status"], asked["connected"]) == ("sent", True)
    assert heard is not None
    capture = await client.post(
        "/v1/captures",
        data={"captured_at": utc_now().isoformat(), "trigger_id": heard.data["trigger_id"]},
        files={"image": ("picture.jpg", encode(draw()), "image/jpeg")},
        headers=device.headers,
    )
    record_id = capture.json()["record_id"]
    done = {"status": "done", "capture_record_id": record_id}
    assert await acknowledge(client, device, heard.data["command_id"], **done) == 204
    executed = await newest(owner, device)
    assert (executed["status"], executed["record_id"]) == ("executed", record_id)
    assert executed["executed_at"] is not None
    assert (await told(database, owner))[-1] == "executed"


async def test_what_a_camera_says_of_a_failure_is_told(
    base_url: str, owner: Signed, device: SomeDevice, database: Database, client: httpx2.AsyncClient
) -> None:
    await ask(owner, device)
    async with commands(base_url, device) as camera:
        _, heard = await camera.take(2)
    said = {"status": "failed", "detail": "No camera is plugged in."}
    await acknowledge(client, device, heard.data["command_id"], **said)
    failed = await newest(owner, device)
    assert (failed["status"], failed["error"]) == ("failed", "No camera is plugged in.")
    assert failed["executed_at"] is None
    assert (await told(database, owner))[-1] == "failed"


async def test_an_asking_that_nobody_took_expires(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await ask(owner, device)
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(QueuedWork)
            .where(
                QueuedWork.queue == EXPIRIES.name,
                QueuedWork.organization_id == device.organization_id,
            )
            .values(due_at=utc_now() - timedelta(seconds=1))
        )
    while await take_expiry_turn(database):
        pass
    expired = await newest(owner, device)
    assert (expired["status"], expired["error"]) == (
        "expired",
        "The camera was not connected in time.",
    )
    assert await told(database, owner) == ["queued", "expired"]


@pytest.mark.parametrize(
    ("accepted", "why"),
    [
        (False, "It was sent to the camera, which did not answer in time."),
        (True, "The camera was to take it, and was not heard of again in time."),
    ],
)
def test_an_expired_asking_says_how_far_it_came(accepted: bool, why: str) -> None:  # noqa: FBT001  # a table's column
    now = utc_now()
    command = Command(
        status=CommandStatus.EXPIRED, sent_at=now, accepted_at=now if accepted else None
    )
    assert Asking(Trigger(kind=TriggerKind.MANUAL), command, "VS-1").error == why


async def test_asking_again_within_the_shortest_interval_is_refused(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    answers = await asyncio.gather(*(ask(owner, device) for _ in range(4)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert sorted(answer.status_code for answer in answers) == [202, 429, 429, 429]
    assert refused[0].json()["code"] == "trigger_too_soon"
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 20
    await let_time_pass(database, device)
    assert (await ask(owner, device)).status_code == 202


async def test_a_paused_camera_is_not_asked(owner: Signed, device: SomeDevice) -> None:
    await owner.client.patch(f"/v1/devices/{device.unit_id}", json={"status": "paused"})
    refused = await ask(owner, device)
    assert (refused.status_code, refused.json()["code"]) == (409, "device_paused")
    assert (await history(owner, device))["triggers"] == []


async def test_the_history_comes_newest_first_and_a_page_at_a_time(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    asked = []
    for _ in range(3):
        asked.append((await ask(owner, device)).json()["trigger_id"])
        await let_time_pass(database, device)
    first = await history(owner, device, limit=2)
    second = await history(owner, device, limit=2, cursor=first["next_cursor"])
    found = [each["trigger_id"] for each in first["triggers"] + second["triggers"]]
    assert found == list(reversed(asked))
    assert second["next_cursor"] is None


async def test_a_camera_of_another_organization_is_not_there(
    base_url: str, device: SomeDevice, database: Database
) -> None:
    async with owner_of(database, base_url) as stranger:
        assert (await ask(stranger, device)).status_code == 404
        path = f"/v1/devices/{device.unit_id}/triggers"
        assert (await stranger.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("seconds_ago", "wait"),
    [(None, 0), (0, 7), (2.5, 4.5), (6.999, 0.001), (7, 0), (3600, 0), (-3600, 7)],
)
def test_how_long_a_camera_is_left_in_peace(seconds_ago: float | None, wait: float) -> None:
    last = None if seconds_ago is None else NOON - timedelta(seconds=seconds_ago)
    assert wait_before_asking(last, NOON) == pytest.approx(wait)
