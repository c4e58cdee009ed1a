"""The whole street, with nothing standing in: the real client listens to the real cloud."""

import asyncio
import os
import sys
import threading
from pathlib import Path

from sqlalchemy import select

from cloud.captures.models import Capture
from cloud.devices.commands import put_command
from cloud.devices.models import Command, CommandStatus
from cloud.devices.queries import lock_device
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from device.client import Cloud
from device.config import Pins, Standing
from device.eyesight import Eyesight
from device.following import Following
from device.heartbeat import Heartbeat
from device.identity import Identity
from device.spool import Asking, Spool
from tests.device.pictures import jpeg, picture, write_folder
from tests.factories import SomeDevice, make_device, make_user, signed_in


async def start_client(
    base_url: str, device: SomeDevice, folder: Path
) -> asyncio.subprocess.Process:
    (folder / "key").write_text(device.key)
    still = write_folder(folder / "stills", 1) / "0000.jpg"
    flags = ["--url", base_url, "--device-id", device.unit_id, "--key-file", str(folder / "key")]
    flags += ["--source", f"still:{still}", "--spool", str(folder / "spool"), "--interval", "3600"]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "device",
        "run",
        *flags,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )


async def hear(client: asyncio.subprocess.Process, word: str) -> None:
    assert client.stderr is not None
    async with asyncio.timeout(60):
        while word not in (line := (await client.stderr.readline()).decode()):
            assert line, "the client ended"


async def test_a_command_of_the_cloud_becomes_a_capture_and_is_done(
    base_url: str, database: Database, tmp_path: Path
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    client = await start_client(base_url, device, tmp_path)
    await hear(client, "Connected")
    async with database.work_for(device.organization_id) as work:
        row = await lock_device(work, device.device_id)
        assert row is not None
        trigger_id = new_id()
        command_id = await put_command(
            work, row, trigger_id=trigger_id, kind="manual", label="front door"
        )
    await hear(client, "asks for a picture")
    await hear(client, "status=done")
    async with database.work_for(device.organization_id) as work:
        command = (await work.execute(select(Command).where(Command.id == command_id))).scalar_one()
        capture = (
            await work.execute(select(Capture).where(Capture.trigger_id == str(trigger_id)))
        ).scalar_one()
    assert command.status == CommandStatus.DONE
    assert command.capture_record_id == capture.id
    assert capture.trigger_label == "front door"
    client.terminate()
    _, told = await client.communicate()
    assert client.returncode == 0
    assert b"Traceback" not in told


def beat(base_url: str, device: SomeDevice, spool: Spool) -> None:
    standing = Standing(Pins())
    with Cloud(Identity(base_url, device.unit_id, device.key), version="1.2.3") as cloud:
        Heartbeat(
            cloud,
            spool,
            standing,
            Following(cloud, spool, standing),
            Eyesight(),
            None,
            version="1.2.3",
            folder=Path(),
            stop=threading.Event(),
        ).beat_once()


async def test_the_cloud_names_each_picture_that_a_camera_lost_and_why(
    base_url: str, database: Database, tmp_path: Path
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    spool = Spool(tmp_path, cap_bytes=2 * len(jpeg()))
    for _ in range(4):
        spool.take(picture(), Asking())
        await asyncio.to_thread(beat, base_url, device, spool)
    spool.refuse(spool.take(picture(), Asking()), "415 unsupported: No.")
    await asyncio.to_thread(beat, base_url, device, spool)
    assert spool.gaps.untold() == []
    async with signed_in(base_url, owner) as person:
        answer = await person.get(f"/v1/devices/{device.unit_id}/gaps")
    told = [
        (gap["spool_id"], gap["first"], gap["last"], gap["why"]) for gap in answer.json()["gaps"]
    ]
    assert sorted(told) == [(spool.id, 1, 3, "no_room"), (spool.id, 5, 5, "refused")]
    spool.close()
