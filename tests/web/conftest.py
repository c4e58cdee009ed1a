"""What the tests of pages stand on: browsers of a stranger and of an owner, mail."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx2
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page, ViewportSize

from cloud.accounts.mailer import Mailer
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import SomeDevice, Someone, make_device, make_user
from tests.web.driving import Window, chromium, find_browser, open_window
from tests.web.visitors import browsing, session_of

DESKTOP: ViewportSize = {"width": 1440, "height": 900}

MailedToken = Callable[[str, str], Awaitable[str]]


@dataclass(frozen=True)
class Owner:
    """Somebody who owns a fresh organization, and their browser."""

    someone: Someone
    browser: httpx2.AsyncClient


@dataclass(frozen=True)
class Desk:
    """The owner at a real browser on a desk, and a camera of theirs, the Tool wall."""

    owner: Owner
    device: SomeDevice
    window: Window

    @property
    def page(self) -> Page:
        return self.window.page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)


@pytest.fixture
async def stranger(base_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with browsing(base_url) as browser:
        yield browser


@pytest.fixture
async def owner(base_url: str, database: Database, settings: Settings) -> AsyncIterator[Owner]:
    someone = await make_user(database)
    async with browsing(base_url, await session_of(database, settings, someone)) as browser:
        yield Owner(someone, browser)


@pytest.fixture
def mailed_token(app: FastAPI, database: Database, settings: Settings) -> MailedToken:
    """Sends what is due into the development mailbox; the token of the newest link to a page."""
    mailbox = app.state.mail_channel
    mailer = Mailer(database, mailbox, settings)

    async def find(email: str, page: str) -> str:
        while await mailer.turn():
            pass
        for summary in await mailbox.list_mails():
            mail = await mailbox.read_mail(summary.mail_id)
            link = re.search(rf"/{page}\?\w+=(\S+)", mail.text)
            if mail.to == email and link:
                return link[1]
        raise AssertionError(f"no link to {page} was mailed to {email}")

    return find


@pytest.fixture(scope="session")
def browser_path() -> str:
    return find_browser()


@pytest.fixture(scope="session")
async def one_browser(browser_path: str) -> AsyncIterator[Browser]:
    """One Chromium for all tests of a process: it takes a second to start."""
    async with chromium(browser_path) as browser:
        yield browser


@pytest.fixture
async def browser(one_browser: Browser) -> AsyncIterator[Browser]:
    """The Chromium; what a test has opened in it and left open is closed after the test."""
    yield one_browser
    for context in one_browser.contexts:
        await context.close()


@pytest.fixture
async def desk(
    one_browser: Browser, owner: Owner, base_url: str, database: Database, settings: Settings
) -> AsyncIterator[Desk]:
    device = await make_device(database, owner.someone.organization_id, friendly_name="Tool wall")
    context = await one_browser.new_context(base_url=base_url, viewport=DESKTOP)
    cookies = await session_of(database, settings, owner.someone)
    await context.add_cookies(
        [{"name": name, "value": value, "url": base_url} for name, value in cookies.items()]
    )
    yield Desk(owner, device, await open_window(context))
    await context.close()
