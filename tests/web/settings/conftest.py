"""A camera of the owner's, and its settings pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import SomeDevice, make_device, make_user, signed_in
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of


@dataclass(frozen=True)
class Setting:
    """The owner's browser and API client, and the camera with its settings pages."""

    owner: Owner
    api: httpx2.AsyncClient
    device: SomeDevice

    @property
    def browser(self) -> httpx2.AsyncClient:
        return self.owner.browser

    def page(self, tab: str) -> str:
        return f"/ui/devices/{self.device.unit_id}/settings/{tab}"

    @property
    def config_path(self) -> str:
        return f"/v1/devices/{self.device.unit_id}/config"


@pytest.fixture
async def setting(owner: Owner, base_url: str, database: Database) -> AsyncIterator[Setting]:
    device = await make_device(database, owner.someone.organization_id)
    async with signed_in(base_url, owner.someone) as api:
        yield Setting(owner, api, device)


@pytest.fixture
async def viewer(
    setting: Setting, base_url: str, database: Database, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of somebody of the same organization who may only look."""
    someone = await make_user(database, setting.device.organization_id, role=Role.VIEWER)
    async with browsing(base_url, await session_of(database, settings, someone)) as browser:
        yield browser
