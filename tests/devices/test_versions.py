"""Device clients that are too old are told so and shown so; all others are left in peace."""

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.devices.versions import find_upgrade
from cloud.kit.database import Database
from device.wire import MINIMUM_DEVICE_VERSION
from tests.devices.arranging import Signed, heartbeat, owner_of
from tests.factories import make_device
from version import __version__


@pytest.mark.parametrize("version", ["0.0.9", "0.0.99", "v0.0.1", "0.0", "0.0.9-rc1"])
def test_an_older_version_is_to_be_upgraded(version: str) -> None:
    upgrade = find_upgrade(version)
    assert upgrade is not None
    assert upgrade.minimum == MINIMUM_DEVICE_VERSION
    assert version in upgrade.message


@pytest.mark.parametrize(
    "version",
    [
        None,
        "",
        MINIMUM_DEVICE_VERSION,
        __version__,
        "0.10.0",
        "v1.0",
        "main",
        "1",
        "0.0.0.1",
        "٠.٠",
    ],
)
def test_one_that_is_not_known_to_be_older_is_not(version: str | None) -> None:
    assert find_upgrade(version) is None


async def test_who_only_looks_sees_the_clouds_version_and_no_camera_where_there_is_none(
    database: Database, base_url: str
) -> None:
    async with owner_of(database, base_url, role=Role.VIEWER) as viewer:
        answer = await viewer.client.get("/v1/version")
        assert answer.json() == {"cloud_version": __version__, "devices": []}
        device = await make_device(database, viewer.someone.organization_id)
        (listed,) = (await viewer.client.get("/v1/version")).json()["devices"]
    assert listed["device_id"] == device.unit_id
    assert (listed["device_version"], listed["last_seen_at"], listed["upgrade"]) == (None,) * 3


async def test_an_old_camera_is_told_so_and_shown_so(
    owner: Signed, client: httpx2.AsyncClient, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    path = f"/v1/devices/{device.unit_id}"

    async def beat(version: str) -> dict[str, object]:
        body = heartbeat(device_version=version, temperature_c=51.5)
        answer = await client.post(f"{path}/heartbeat", json=body, headers=device.headers)
        told: dict[str, object] = answer.json()
        return told

    told = await beat("0.0.9")
    assert isinstance(told["upgrade"], dict)
    assert told["upgrade"]["minimum"] == MINIMUM_DEVICE_VERSION
    shown = (await owner.client.get(path)).json()
    assert shown["upgrade"] == told["upgrade"]
    assert shown["heartbeat"]["temperature_c"] == 51.5
    assert shown["heartbeat"]["disk_free_bytes"] is None
    (listed,) = (await owner.client.get("/v1/version")).json()["devices"]
    assert listed["upgrade"] == told["upgrade"]
    assert "upgrade" not in await beat("1.0.0")
    assert (await owner.client.get(path)).json()["upgrade"] is None
