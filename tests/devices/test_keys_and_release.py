"""Rotating keys and releasing devices: what is dead is dead at once, what stays works on."""

from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select, update

from cloud.accounts.models import Role
from cloud.devices.models import DeviceKey
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from tests.devices.arranging import Signed, read_audit, read_events
from tests.factories import SomeDevice, make_device, make_user, signed_in


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def status_of(client: httpx2.AsyncClient, device: SomeDevice, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return (await client.get(f"/v1/devices/{device.unit_id}/config", headers=headers)).status_code


async def test_the_old_key_is_dead_with_the_answer(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    answer = await owner.client.post(f"/v1/devices/{device.unit_id}/rotate-key")
    assert await status_of(client, device, device.key) == 401
    assert await status_of(client, device, answer.json()["device_key"]) == 200


async def test_within_its_grace_the_old_key_works_on(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    path = f"/v1/devices/{device.unit_id}/rotate-key?grace_seconds=60"
    await owner.client.post(path)
    assert await status_of(client, device, device.key) == 200
    async with database.work() as work:
        await work.execute(
            update(DeviceKey)
            .where(DeviceKey.device_id == device.device_id, DeviceKey.expires_at.is_not(None))
            .values(expires_at=DeviceKey.expires_at - timedelta(seconds=60))
        )
    assert await status_of(client, device, device.key) == 401


async def test_a_second_rotation_never_prolongs_a_grace(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    path = f"/v1/devices/{device.unit_id}/rotate-key"
    await owner.client.post(f"{path}?grace_seconds=60")
    await owner.client.post(f"{path}?grace_seconds=6000")
    async with database.work() as work:
        rows = await work.execute(
            select(DeviceKey.expires_at).where(DeviceKey.device_id == device.device_id)
        )
        ends = sorted(end for end in rows.scalars() if end is not None)
    assert ends[0] < utc_now() + timedelta(seconds=61)
    assert ends[1] > utc_now() + timedelta(seconds=5000)


@pytest.mark.parametrize("grace", ["-1", "604801", "soon"])
async def test_a_grace_out_of_range_is_refused(
    owner: Signed, device: SomeDevice, grace: str
) -> None:
    answer = await owner.client.post(
        f"/v1/devices/{device.unit_id}/rotate-key?grace_seconds={grace}"
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "grace_seconds"


async def test_release_ends_the_key_frees_the_slot_and_the_id(
    owner: Signed, stranger: Signed, client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    answer = await owner.client.delete(f"/v1/devices/{device.unit_id}")
    assert answer.status_code == 204
    assert await status_of(client, device, device.key) == 401
    organization = (await owner.client.get("/v1/organization")).json()
    assert organization["devices_active"] == 0
    assert (await owner.client.get(f"/v1/devices/{device.unit_id}")).status_code == 404
    again = await stranger.client.post("/v1/devices/activate", json={"device_id": device.unit_id})
    assert again.status_code == 201


async def test_release_is_told_and_noted(
    owner: Signed, device: SomeDevice, database: Database
) -> None:
    await owner.client.delete(f"/v1/devices/{device.unit_id}")
    event = (await read_events(database, owner.someone))[-1]
    assert (event.kind, event.data["status"]) == ("device.presence", "released")
    entry = (await read_audit(database, owner.someone))[-1]
    assert (entry.action, entry.subject) == ("device.released", device.unit_id)
    assert entry.detail == {"captures_erased": False}


@pytest.mark.parametrize(("query", "queued"), [("", False), ("?captures=delete", True)])
async def test_captures_are_erased_only_when_asked(
    owner: Signed, device: SomeDevice, database: Database, query: str, *, queued: bool
) -> None:
    await owner.client.delete(f"/v1/devices/{device.unit_id}{query}")
    assert await is_queued(database, device.device_id) is queued


async def is_queued(database: Database, device_id: UUID) -> bool:
    async with database.work() as work:
        found = await work.scalar(
            select(QueuedWork.id).where(
                QueuedWork.queue == "device_erasure", QueuedWork.id == device_id
            )
        )
    return found is not None


async def test_what_to_do_with_captures_must_be_understood(
    owner: Signed, device: SomeDevice
) -> None:
    answer = await owner.client.delete(f"/v1/devices/{device.unit_id}?captures=burn")
    assert answer.status_code == 422
    assert (await owner.client.get(f"/v1/devices/{device.unit_id}")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/pairing-code"),
        ("POST", "/rotate-key"),
        ("GET", "/config"),
        ("PUT", "/config"),
    ],
)
async def test_a_foreign_device_and_a_missing_one_look_alike(
    owner: Signed, stranger: Signed, database: Database, method: str, path: str
) -> None:
    theirs = await make_device(database, stranger.someone.organization_id)
    foreign, missing = [
        await owner.client.request(
            method,
            f"/v1/devices/{unit_id}{path}",
            json={} if method in {"PUT", "PATCH"} else None,
        )
        for unit_id in (theirs.unit_id, "VS-0000-0000-0000")
    ]
    assert (foreign.status_code, foreign.json()["code"]) == (404, "device_not_found")
    assert missing.json() == foreign.json()


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/rotate-key")])
async def test_members_neither_release_nor_rotate(
    owner: Signed, device: SomeDevice, database: Database, base_url: str, method: str, path: str
) -> None:
    member = await make_user(database, owner.someone.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, member) as client:
        answer = await client.request(method, f"/v1/devices/{device.unit_id}{path}")
    assert answer.status_code == 403
