"""Pairing codes: exchanged once for a key, and for nothing afterwards."""

import asyncio
import json
import shlex
import sys
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, update

from cloud.accounts.access import find_person
from cloud.devices.keys import rotate_key
from cloud.devices.models import PairingCode
from cloud.devices.pairing import spend
from cloud.events.models import Event
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.devices.arranging import Signed, read_audit
from tests.factories import SomeDevice, make_device
from tests.waiting import SOMEBODY_WAITS


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


async def make_pairing_code(owner: Signed, device: SomeDevice) -> str:
    answer = await owner.client.post(f"/v1/devices/{device.unit_id}/pairing-code")
    assert answer.status_code == 201
    code: str = answer.json()["code"]
    assert answer.json()["setup_command"].endswith(f"--code {code}")
    return code


async def config_status(client: httpx2.AsyncClient, device: SomeDevice, key: str) -> int:
    answer = await client.get(
        f"/v1/devices/{device.unit_id}/config", headers={"Authorization": f"Bearer {key}"}
    )
    return answer.status_code


async def test_a_code_is_exchanged_for_a_key_and_earlier_keys_end(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    code = await make_pairing_code(owner, device)
    answer = await client.post("/v1/devices/pair", json={"code": code.lower().replace("-", "")})
    assert answer.status_code == 200
    body = answer.json()
    assert body["device_id"] == device.unit_id
    assert body["api_url"].startswith("http")
    assert await config_status(client, device, body["device_key"]) == 200
    assert await config_status(client, device, device.key) == 401
    entry = (await read_audit(database, owner.someone))[-1]
    assert (entry.action, entry.actor) == ("device.paired", f"device {device.unit_id}")


async def test_the_activation_is_the_same_for_each_key_and_another_after_a_release(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    async def activation() -> str:
        code = await make_pairing_code(owner, device)
        answer = await client.post("/v1/devices/pair", json={"code": code})
        named: str = answer.json()["activation_id"]
        return named

    first, again = await activation(), await activation()
    assert (await owner.client.delete(f"/v1/devices/{device.unit_id}")).status_code == 204
    anew = await owner.client.post("/v1/devices/activate", json={"device_id": device.unit_id})
    assert anew.status_code == 201
    assert first == again != await activation()


async def test_that_a_camera_was_paired_is_news(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    code = await make_pairing_code(owner, device)
    await client.post("/v1/devices/pair", json={"code": code})
    async with database.work_for(owner.someone.organization_id) as work:
        told = await work.scalar(
            select(Event.data)
            .where(Event.organization_id == owner.someone.organization_id)
            .order_by(Event.seq.desc())
            .limit(1)
        )
    assert (told["device_id"], told["is_online"]) == (device.unit_id, False)


async def test_a_code_is_good_once(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    code = await make_pairing_code(owner, device)
    first = await client.post("/v1/devices/pair", json={"code": code})
    second = await client.post("/v1/devices/pair", json={"code": code})
    assert (second.status_code, second.json()["code"]) == (410, "pairing_code_expired")
    assert await config_status(client, device, first.json()["device_key"]) == 200


async def test_a_code_is_good_for_a_quarter_of_an_hour(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    code = await make_pairing_code(owner, device)
    async with database.work() as work:
        await work.execute(
            update(PairingCode)
            .where(PairingCode.device_id == device.device_id)
            .values(expires_at=PairingCode.expires_at - timedelta(minutes=15))
        )
    answer = await client.post("/v1/devices/pair", json={"code": code})
    assert (answer.status_code, answer.json()["code"]) == (410, "pairing_code_expired")
    assert await config_status(client, device, device.key) == 200


async def test_a_new_code_takes_the_place_of_the_old(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    old, new = await make_pairing_code(owner, device), await make_pairing_code(owner, device)
    refused = await client.post("/v1/devices/pair", json={"code": old})
    taken = await client.post("/v1/devices/pair", json={"code": new})
    assert (refused.status_code, refused.json()["code"]) == (422, "pairing_code_invalid")
    assert taken.status_code == 200


async def test_a_released_camera_cannot_be_paired(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice
) -> None:
    code = await make_pairing_code(owner, device)
    await owner.client.delete(f"/v1/devices/{device.unit_id}")
    answer = await client.post("/v1/devices/pair", json={"code": code})
    assert answer.status_code == 422


async def test_a_release_while_the_camera_is_being_paired_leaves_it_no_key(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, database: Database
) -> None:
    """The pairing came first: the release waits for it, and then ends its key as well."""
    code = await make_pairing_code(owner, device)
    async with database.work_for(device.organization_id) as work:
        paired = await spend(work, code, "127.0.0.1")
        path = f"/v1/devices/{device.unit_id}"
        releasing = asyncio.create_task(owner.client.delete(path))
        while not await work.scalar(SOMEBODY_WAITS):
            assert not releasing.done()
    assert (await releasing).status_code == 204
    assert await config_status(client, device, paired.device_key) == 401


async def test_a_pairing_beside_a_rotation_leaves_the_camera_one_key(
    owner: Signed,
    client: httpx2.AsyncClient,
    device: SomeDevice,
    database: Database,
    settings: Settings,
) -> None:
    """The rotation came first: the pairing waits for it, and then ends its key as well."""
    code = await make_pairing_code(owner, device)
    who = await find_person(database, settings, owner.someone.token, "127.0.0.1")
    async with database.work_for(device.organization_id) as work:
        rotated = await rotate_key(work, who, device.unit_id, grace_seconds=0)
        pairing = asyncio.create_task(client.post("/v1/devices/pair", json={"code": code}))
        while not await work.scalar(SOMEBODY_WAITS):
            assert not pairing.done()
    paired = (await pairing).json()["device_key"]
    assert await config_status(client, device, paired) == 200
    assert await config_status(client, device, rotated) == 401


async def test_guessing_is_throttled_by_address(client: httpx2.AsyncClient) -> None:
    statuses = [
        (await client.post("/v1/devices/pair", json={"code": "0000-0000-0000"})).status_code
        for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]


async def test_a_code_tells_when_it_ends(owner: Signed, device: SomeDevice) -> None:
    answer = await owner.client.post(f"/v1/devices/{device.unit_id}/pairing-code")
    ends = datetime.fromisoformat(answer.json()["expires_at"])
    assert timedelta(minutes=14) < ends - utc_now() <= timedelta(minutes=15)


async def test_the_setup_command_makes_the_client_a_camera_of_ours(
    owner: Signed, client: httpx2.AsyncClient, base_url: str, device: SomeDevice, tmp_path: Path
) -> None:
    """The very command that is shown, but for the address, which tests choose anew each time."""
    answer = await owner.client.post(f"/v1/devices/{device.unit_id}/pairing-code")
    _, *arguments = shlex.split(answer.json()["setup_command"])
    arguments[arguments.index("--url") + 1] = base_url
    key_file = tmp_path / "camera.json"
    command = [sys.executable, *arguments, "--key-file", str(key_file)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert device.unit_id in said.decode()
    kept = json.loads(key_file.read_text())
    assert kept["device_id"] == device.unit_id
    assert await config_status(client, device, kept["device_key"]) == 200
