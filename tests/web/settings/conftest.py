"""A camera of the owner's, and its settings pages, on a phone too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from playwright.async_api import Browser, Page, ViewportSize

from cloud.accounts.cookies import cookie_name
from cloud.accounts.models import Role
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import SomeDevice, make_device, make_user, signed_in
from tests.web.conftest import Owner
from tests.web.driving import open_window
from tests.web.visitors import browsing, session_of

PHONE: ViewportSize = {"width": 390, "height": 844}


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


@pytest.fixture
async def phone(
    browser: Browser, setting: Setting, base_url: str, database: Database, settings: Settings
) -> AsyncIterator[Page]:
    """The owner's phone; a complaint of its browser fails the test."""
    token = (await session_of(database, settings, setting.owner.someone))[cookie_name(settings)]
    context = await browser.new_context(base_url=base_url, viewport=PHONE)
    await context.add_cookies([{"name": cookie_name(settings), "value": token, "url": base_url}])
    window = await open_window(context)
    yield window.page
    await context.close()
    # Chromium itself reports an answer of 422 as an error.
    assert [said for said in window.complaints if "422" not in said] == []
