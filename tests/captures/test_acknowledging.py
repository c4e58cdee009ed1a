"""A camera's word on a command names a capture only where that is one of its own."""

from uuid import UUID

import httpx2
import pytest

from cloud.devices.models import Command
from cloud.kit.ids import new_id
from tests.captures.uploading import Site, open_site
from tests.devices.listening import ask
from tests.factories import loopback_client, make_device


async def say_done(site: Site, command_id: UUID, record_id: object) -> httpx2.Response:
    return await site.uplink.post(
        f"/v1/devices/{site.device.unit_id}/commands/{command_id}/ack",
        json={"status": "done", "capture_record_id": str(record_id)},
    )


async def read_command(site: Site, command_id: UUID) -> Command:
    async with site.database.work_for(site.device.organization_id) as work:
        return await work.session.get_one(Command, command_id)


async def require_refused(site: Site, record_id: object) -> None:
    command_id = await ask(site.database, site.device)
    answer = await say_done(site, command_id, record_id)
    assert (answer.status_code, answer.json()["code"]) == (422, "capture_not_yours")
    assert answer.json()["errors"][0]["field"] == "capture_record_id"
    command = await read_command(site, command_id)
    assert (command.status, command.capture_record_id) == ("queued", None)


async def test_a_capture_of_the_camera_is_linked(site: Site) -> None:
    command_id, capture = await ask(site.database, site.device), await site.take()
    assert (await say_done(site, command_id, capture["record_id"])).status_code == 204
    command = await read_command(site, command_id)
    assert (command.status, str(command.capture_record_id)) == ("done", capture["record_id"])


async def test_a_capture_that_is_not_there_is_refused(site: Site) -> None:
    await require_refused(site, new_id())


async def test_a_capture_of_another_organization_is_refused(site: Site, base_url: str) -> None:
    async with open_site(site.database, base_url) as elsewhere:
        theirs = await elsewhere.take()
    await require_refused(site, theirs["record_id"])


async def test_a_capture_of_the_camera_beside_is_refused(site: Site, base_url: str) -> None:
    beside = await make_device(site.database, site.owner.organization_id)
    async with loopback_client(base_url=base_url, headers=beside.headers) as uplink:
        theirs = await Site(site.database, site.owner, beside, site.client, uplink).take()
    await require_refused(site, theirs["record_id"])


async def test_a_deleted_capture_is_refused(site: Site) -> None:
    capture = await site.take()
    await site.client.delete(f"/v1/captures/{capture['record_id']}")
    await require_refused(site, capture["record_id"])


@pytest.mark.parametrize("deleted", [False, True])
async def test_what_a_capture_has_settled_already_may_be_said_again(
    site: Site, *, deleted: bool
) -> None:
    command_id = await ask(site.database, site.device)
    trigger_id = (await read_command(site, command_id)).trigger_id
    capture = await site.take(trigger_id=str(trigger_id))
    if deleted:
        await site.client.delete(f"/v1/captures/{capture['record_id']}")
    assert (await say_done(site, command_id, capture["record_id"])).status_code == 204
    command = await read_command(site, command_id)
    assert (command.status, str(command.capture_record_id)) == ("done", capture["record_id"])
