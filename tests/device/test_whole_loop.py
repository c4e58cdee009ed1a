"""A camera with a loopback eye, input and output, against the real cloud: the whole loop."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select, update

from cloud.alerts.history import lock_camera
from cloud.alerts.raising import raise_incident
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.kit.database import Database
from device.wire import INPUT_LABEL
from tests.device.pictures import write_folder
from tests.factories import SomeDevice, Someone, loopback_client, make_device, make_user


@pytest.fixture
async def owner(database: Database) -> Someone:
    return await make_user(database)


@pytest.fixture
async def device(database: Database, owner: Someone) -> SomeDevice:
    return await make_device(database, owner.organization_id)


@pytest.fixture
async def operator(owner: Someone, base_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with loopback_client(base_url=base_url, headers=owner.headers, timeout=30) as client:
        yield client


@asynccontextmanager
async def running(
    base_url: str, device: SomeDevice, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The client with files for its eye, input and output, connected to the cloud."""
    (folder / "key").write_text(device.key)
    still = write_folder(folder / "stills", 1) / "0000.jpg"
    flags = ["--url", base_url, "--device-id", device.unit_id, "--key-file", str(folder / "key")]
    flags += ["--source", f"still:{still}", "--spool", str(folder / "spool")]
    flags += ["--input", f"file:{folder / 'in'}", "--output", f"file:{folder / 'out'}"]
    command = [sys.executable, "-m", "device", "run", *flags]
    client = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    try:
        await hear(client, "Connected")
        yield client
    finally:
        if client.returncode is None:
            client.terminate()
        await client.wait()


async def hear(client: asyncio.subprocess.Process, word: str) -> str:
    assert client.stderr is not None
    async with asyncio.timeout(60):
        while word not in (line := (await client.stderr.readline()).decode()):
            assert line, f"the client ended before it said {word!r}"
    return line


async def judge_abnormal(database: Database, device: SomeDevice, label: str) -> UUID:
    async with database.work_for(device.organization_id) as work:
        capture = await work.scalar(select(Capture).where(Capture.trigger_label == label))
        await work.execute(
            update(Capture)
            .where(Capture.id == capture.id)
            .values(state=State.ABNORMAL, evaluation_status=EvaluationStatus.COMPLETED)
        )
        await raise_incident(work, capture.id, await lock_camera(work, capture.device_id))
    found: UUID = capture.id
    return found


async def test_an_input_makes_a_picture_and_its_incident_lights_the_output(
    base_url: str,
    database: Database,
    device: SomeDevice,
    operator: httpx2.AsyncClient,
    tmp_path: Path,
) -> None:
    config = {"trigger": {"digital_input_enabled": True}, "digital_output_enabled": True}
    path = f"/v1/devices/{device.unit_id}"
    (tmp_path / "out").write_text("1")
    async with running(base_url, device, tmp_path) as client:
        assert (await operator.put(f"{path}/config", json=config)).status_code == 200
        await hear(client, "New configuration in force version=2")
        assert (tmp_path / "out").read_text() == "0"
        (tmp_path / "in").write_text("1")
        taken = await hear(client, "by=input")
        await hear(client, f"Picture delivered {taken.split()[5]}")
        await judge_abnormal(database, device, INPUT_LABEL)
        await hear(client, "output is on")
        assert (tmp_path / "out").read_text() == "1"
        (incident,) = (await operator.get("/v1/incidents")).json()["incidents"]
        resolved = await operator.post(
            f"/v1/incidents/{incident['id']}/resolve", json={"as": "real"}
        )
        assert resolved.status_code == 200
        await hear(client, "output is off")
        assert (tmp_path / "out").read_text() == "0"


async def test_the_output_is_off_once_the_client_has_ended(
    base_url: str,
    database: Database,
    device: SomeDevice,
    operator: httpx2.AsyncClient,
    tmp_path: Path,
) -> None:
    path = f"/v1/devices/{device.unit_id}/config"
    assert (await operator.put(path, json={"digital_output_enabled": True})).status_code == 200
    async with running(base_url, device, tmp_path) as client:
        await hear(client, "Picture delivered")
        await judge_abnormal(database, device, "interval")
        await hear(client, "output is on")
    assert client.returncode == 0
    assert (tmp_path / "out").read_text() == "0"
