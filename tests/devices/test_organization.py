"""The organization itself, and the versions that run in it."""

from datetime import datetime

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from device.wire import MINIMUM_DEVICE_VERSION
from tests.devices.arranging import Signed, heartbeat, read_audit
from tests.factories import make_device, make_user, signed_in
from version import __version__


async def test_the_organization_tells_its_slots_and_its_trial(
    owner: Signed, database: Database
) -> None:
    await make_device(database, owner.someone.organization_id)
    found = (await owner.client.get("/v1/organization")).json()
    assert found["id"] == str(owner.someone.organization_id)
    assert (found["device_limit"], found["devices_active"]) == (5, 1)
    assert found["time_zone"] == "UTC"
    assert found["subscription"]["status"] == "trial"
    assert datetime.fromisoformat(found["subscription"]["ends_at"]) > utc_now()


async def test_name_and_time_zone_change_alone_or_together(
    owner: Signed, database: Database
) -> None:
    await owner.client.patch("/v1/organization", json={"name": "Harbour"})
    answer = await owner.client.patch("/v1/organization", json={"time_zone": "Europe/Berlin"})
    assert (answer.json()["name"], answer.json()["time_zone"]) == ("Harbour", "Europe/Berlin")
    assert (await owner.client.get("/v1/organization")).json() == answer.json()
    assert [entry.action for entry in await read_audit(database, owner.someone)] == [
        "organization.edited",
        "organization.edited",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"device_limit": 100}, "device_limit"),
    ],
)
async def test_what_cannot_be_is_refused(
    owner: Signed, body: dict[str, object], field: str
) -> None:
    answer = await owner.client.patch("/v1/organization", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_members_read_the_organization_and_do_not_change_it(
    owner: Signed, database: Database, base_url: str
) -> None:
    member = await make_user(database, owner.someone.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, member) as client:
        assert (await client.get("/v1/organization")).status_code == 200
        assert (await client.patch("/v1/organization", json={"name": "Mine"})).status_code == 403


async def test_versions_name_every_camera_of_the_organization(
    owner: Signed, stranger: Signed, client: httpx2.AsyncClient, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    await make_device(database, stranger.someone.organization_id)
    await client.post(
        f"/v1/devices/{device.unit_id}/heartbeat",
        json=heartbeat(device_version="2.3.4"),
        headers=device.headers,
    )
    found = (await owner.client.get("/v1/version")).json()
    assert found["cloud_version"] == __version__
    assert [(one["device_id"], one["device_version"]) for one in found["devices"]] == [
        (device.unit_id, "2.3.4")
    ]


async def test_anyone_may_ask_for_the_version_of_the_cloud(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/version/cloud")).json() == {
        "version": __version__,
        "upgrade": None,
    }
    old = await client.get("/v1/version/cloud?device_version=0.0.9")
    assert old.json()["upgrade"]["minimum"] == MINIMUM_DEVICE_VERSION
    assert (await client.get("/v1/version")).status_code == 401
