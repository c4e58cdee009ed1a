"""The camera's page says which pictures will never come, and nothing where all came."""

import re

import httpx2

from cloud.devices.gaps import Gap, hear_gaps
from cloud.kit.database import Database
from cloud.web.missing import WORDS, say_missing
from device.wire import LossReason
from tests.devices.arranging import heartbeat
from tests.factories import SomeDevice, make_device
from tests.web.conftest import Owner


async def read_page(owner: Owner, device: SomeDevice) -> str:
    answer = await owner.browser.get(f"/ui/cameras/{device.unit_id}")
    assert answer.status_code == 200
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


async def test_what_is_missing_is_said_with_its_reason_and_only_then(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    assert "missing" not in await read_page(owner, device)
    told = [Gap("s", LossReason.NO_ROOM, 4, 6), Gap("s", LossReason.REFUSED, 9, 9)]
    async with database.work_for(device.organization_id) as work:
        await hear_gaps(work, device.device_id, told)
    page = await read_page(owner, device)
    assert "3 pictures are missing: the camera’s storage was full (told" in page
    assert "1 picture is missing: what was sent could not be taken as a picture (told" in page


async def test_the_camera_itself_names_no_reason_for_what_it_lost(
    owner: Owner, database: Database, base_url: str
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    spool = {"waiting": 0, "oldest_at": None, "dropped": 2}
    async with httpx2.AsyncClient(base_url=base_url, headers=device.headers) as camera:
        answer = await camera.post(
            f"/v1/devices/{device.unit_id}/heartbeat", json=heartbeat(spool=spool)
        )
    assert answer.status_code == 200, answer.text
    page = await read_page(owner, device)
    assert "2 lost before they could be sent" in page
    assert "storage was full" not in page


def test_there_are_words_for_every_reason() -> None:
    assert WORDS.keys() == set(LossReason)
    assert say_missing(1200, LossReason.UNKNOWN).startswith("1,200 pictures are missing: ")
