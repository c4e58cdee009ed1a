import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_user
from tests.web.settings.conftest import Setting
from tests.web.visitors import browsing, session_of


@pytest.fixture
async def member(
    setting: Setting, base_url: str, database: Database, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    someone = await make_user(database, setting.device.organization_id, role=Role.MEMBER)
    async with browsing(base_url, await session_of(database, settings, someone)) as browser:
        yield browser


async def test_a_pairing_code_of_the_page_pairs_the_camera(
    setting: Setting, client: httpx2.AsyncClient
) -> None:
    setup = f"/ui/devices/{setting.device.unit_id}/setup"
    assert f'action="{setup}"' in (await setting.browser.get(setting.page("danger"))).text
    page = await setting.browser.post(setup)
    assert page.status_code == 201
    assert "QR code of the setup command" in page.text
    found = re.search(r"--code ([\w-]+)", page.text)
    assert found
    paired = await client.post("/v1/devices/pair", json={"code": found[1]})
    assert paired.json()["device_id"] == setting.device.unit_id
    assert (await heartbeat(client, setting, setting.device.key)).status_code == 401


async def test_a_new_key_takes_the_place_of_the_old(
    setting: Setting, client: httpx2.AsyncClient
) -> None:
    page = await setting.browser.post(f"{setting.page('danger')}/key")
    found = re.search(r"vdk_[\w-]+", page.text)
    assert found
    assert (await heartbeat(client, setting, setting.device.key)).status_code == 401
    assert (await heartbeat(client, setting, found[0])).status_code != 401


async def test_a_camera_is_released_only_once_its_id_was_typed(setting: Setting) -> None:
    address = f"{setting.page('danger')}/release"
    refused = await setting.browser.post(address, data={"confirmation": "yes", "captures": "keep"})
    assert refused.status_code == 422
    assert f"This is not its id. Type {setting.device.unit_id}." in refused.text
    assert (await setting.api.get(setting.config_path)).status_code == 200
    typed = f" {setting.device.unit_id.lower()} "
    released = await setting.browser.post(address, data={"confirmation": typed, "captures": "keep"})
    assert released.headers["location"] == "/ui/devices"
    assert "Released." in (await setting.browser.get("/ui/devices")).text
    assert (await setting.api.get(setting.config_path)).status_code == 404


async def test_a_member_makes_codes_but_neither_keys_nor_releases(
    setting: Setting, member: httpx2.AsyncClient
) -> None:
    page = (await member.get(setting.page("danger"))).text
    assert "Make a pairing code" in page
    assert "End the old key" not in page
    setup = f"/ui/devices/{setting.device.unit_id}/setup"
    assert (await member.post(setup)).status_code == 201
    for what in ("key", "release"):
        data = {"confirmation": setting.device.unit_id}
        assert (await member.post(f"{setting.page('danger')}/{what}", data=data)).status_code == 403


async def heartbeat(client: httpx2.AsyncClient, setting: Setting, key: str) -> httpx2.Response:
    path = f"/v1/devices/{setting.device.unit_id}/heartbeat"
    return await client.post(path, json={}, headers={"Authorization": f"Bearer {key}"})
