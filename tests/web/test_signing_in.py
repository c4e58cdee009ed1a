"""Logging in on the page: one browser has one sign-in."""

import pytest
from sqlalchemy import select

from cloud.accounts.cookies import cookie_name
from cloud.accounts.models import AuditEntry
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.accounts.people import PASSWORD, fresh_email, is_signed_in
from tests.factories import make_user
from tests.web.visitors import browsing, session_of


@pytest.mark.parametrize("path", ["/login", "/signup"])
async def test_who_logs_in_again_is_logged_out_of_what_was_there(
    base_url: str, database: Database, settings: Settings, path: str
) -> None:
    before = await make_user(database)
    cookie = await session_of(database, settings, before)
    email = fresh_email()
    async with browsing(base_url) as first, browsing(base_url, cookie) as browser:
        if path == "/login":
            await first.post("/signup", data={"email": email, "password": PASSWORD})
        wrong = await browser.post("/login", data={"email": email, "password": "wrong"})
        assert wrong.status_code == 401
        assert await is_signed_in(browser, cookie[cookie_name(settings)])
        again = await browser.post(path, data={"email": email, "password": PASSWORD})
        assert again.status_code == 303
        assert again.cookies[cookie_name(settings)] != cookie[cookie_name(settings)]
        assert not await is_signed_in(first, cookie[cookie_name(settings)])
        assert await is_signed_in(first, before.token), "another browser's stays"
    async with database.work_for(before.organization_id) as work:
        noted = select(AuditEntry.actor).where(AuditEntry.action == "session.ended")
        assert await work.scalar(noted) == before.email
