"""A real Chromium, and everything that it complained about."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bin import _browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Window:
    """A page that somebody looks at. `complaints` are console errors, CSP violations among them."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on(
            "console",
            lambda said: self._note(said.text) if said.type in {"error", "warning"} else None,
        )
        self.page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, text: str) -> None:
        self.complaints.append(f"{self.page.url}: {text}")


def find_browser() -> str:
    """Its path. Fails the test with the way to get one."""
    path = os.environ.get("VISANT_TEST_BROWSER") or _browser.find()
    if not path:
        pytest.fail("No Chromium here: install one, or name it in VISANT_TEST_BROWSER.")
    return path


@asynccontextmanager
async def chromium(path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


async def open_window(context: BrowserContext) -> Window:
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return Window(page)


def somewhere() -> dict[str, str]:
    """Headers of a visitor at an address of their own: limits count by address."""
    return {"X-Forwarded-For": str(IPv6Address(secrets.randbits(128)))}
