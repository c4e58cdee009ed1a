"""Somebody with a browser that runs no scripts: it sends forms from our own pages."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import IPv6Address

import httpx2

from cloud.accounts.cookies import cookie_name
from cloud.accounts.sessions import open_browser_session
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import SHORT_LIVED, Someone, loopback_client

FROM_OUR_PAGES = {"Sec-Fetch-Site": "same-origin"}
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}


@asynccontextmanager
async def browsing(
    base_url: str, cookies: Mapping[str, str] | None = None
) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser at an address of its own, as limits count by address; it follows nothing."""
    headers = {
        "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
        "X-Forwarded-For": str(IPv6Address(secrets.randbits(128))),
        **FROM_OUR_PAGES,
    }
    async with loopback_client(
        base_url=base_url,
        headers=headers,
        cookies=dict(cookies or {}),
        timeout=30,
        limits=SHORT_LIVED,
    ) as client:
        yield client


async def session_of(database: Database, settings: Settings, someone: Someone) -> dict[str, str]:
    """The cookie of somebody who has logged in."""
    async with database.work() as work:
        token = await open_browser_session(
            work, someone.user_id, address="127.0.0.1", user_agent=None
        )
    return {cookie_name(settings): token}
