"""A camera goes silent and comes back, from its last word to the mails that tell of it."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from cloud.alerts.models import Delivery, DeliveryStatus
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from cloud.watch.watcher import Watcher
from tests.alerts.claiming import claim
from tests.alerts.test_delivery import parse, sending
from tests.channels.smtp_peer import SmtpPeer
from tests.devices.arranging import heartbeat, owner_of
from tests.factories import make_device
from tests.watch.test_devices import learn
from tests.watch.test_watcher import MINUTE, Camera


@pytest.fixture
async def camera(database: Database, settings: Settings, base_url: str) -> AsyncIterator[Camera]:
    async with owner_of(database, base_url) as owner:
        device = await make_device(database, owner.someone.organization_id)
        await learn(database, device)
        yield Camera(database, Watcher(database, settings), owner, device)


async def test_a_camera_that_falls_silent_is_mailed_of_in_time_and_so_is_its_return(
    camera: Camera, settings: Settings, tmp_path: Path
) -> None:
    await camera.notify(on_offline_after_minutes=30)
    await camera.picture()
    beat = f"/v1/devices/{camera.device.unit_id}/heartbeat"
    await camera.owner.client.post(beat, json=heartbeat(), headers=camera.device.headers)
    await camera.let_pass(29 * MINUTE)
    await camera.look()
    assert await camera.incidents() == []
    queued = await camera.queued()
    assert queued is not None
    assert queued.due_at - utc_now() <= MINUTE
    await camera.let_pass(2 * MINUTE)
    await camera.look()
    gone = await send_the_only_one_that_waits(camera, settings, tmp_path)
    assert gone["Subject"] == "Bench camera: camera offline"
    assert gone["To"] == camera.owner.someone.email
    assert "Is the camera plugged in" in words(gone)
    await camera.look()
    await camera.picture()
    await camera.look()
    back = await send_the_only_one_that_waits(camera, settings, tmp_path)
    assert back["Subject"] == "Bench camera: watching again"
    assert back["In-Reply-To"] == gone["Message-ID"]
    assert "It lasted 31 minutes." in words(back)
    assert (await camera.document())["watching"]["state"] == "watching"
    (incident,) = (await camera.owner.client.get("/v1/incidents")).json()["incidents"]
    assert (incident["kind"], incident["resolved_as"]) == ("offline", "recovered")


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def send_the_only_one_that_waits(
    camera: Camera, settings: Settings, folder: Path
) -> EmailMessage:
    """The mail that arrives."""
    waiting = [row for row in await camera.rows(Delivery) if row.status == DeliveryStatus.PENDING]
    (delivery,) = waiting
    peer, store = SmtpPeer(), FilesystemStore(folder / "store", threads=1)
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, delivery))
    (envelope,) = peer.taken
    return parse(envelope)
