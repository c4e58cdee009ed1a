"""Profile and preferences: saved on the server, applied at once and in every other browser."""

import httpx2
import pytest
from argon2.profiles import CHEAPEST
from sqlalchemy import update

from cloud.accounts.hashing import Hasher
from cloud.accounts.models import User
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of

OLD, NEW = "kettle lantern orchard", "violin teapot meadow"


async def said_after(browser: httpx2.AsyncClient, answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


async def test_a_name_is_changed(owner: Owner) -> None:
    answer = await owner.browser.post("/ui/settings/profile", data={"name": "Anna Smith"})
    page = await said_after(owner.browser, answer)
    assert 'value="Anna Smith"' in page
    assert "Saved." in page
    refused = await owner.browser.post("/ui/settings/profile", data={"name": " "})
    assert refused.status_code == 422
    assert "This is needed." in refused.text


async def test_a_password_is_changed_by_who_knows_it(owner: Owner, database: Database) -> None:
    form = {"current_password": OLD, "new_password": NEW}
    stored = await Hasher(CHEAPEST).hash(OLD)
    async with database.work() as work:
        mine = update(User).where(User.id == owner.someone.user_id)
        await work.execute(mine.values(password_hash=stored))
    path = "/ui/settings/password"
    refused = await owner.browser.post(path, data={**form, "current_password": "wrong"})
    assert "This is not your current password." in refused.text
    page = await said_after(owner.browser, await owner.browser.post(path, data=form))
    assert "Everywhere else you are logged out." in page


async def test_logging_out_everywhere_ends_every_session(
    owner: Owner, base_url: str, client: httpx2.AsyncClient
) -> None:
    page = (await owner.browser.get("/ui/settings")).text
    assert page.count("last used") == 2
    answer = await owner.browser.post("/ui/settings/sessions/end")
    assert "You are logged out everywhere." in await said_after(owner.browser, answer)
    assert (await owner.browser.get("/ui")).status_code == 303
    assert (await client.get("/v1/auth/me", headers=owner.someone.headers)).status_code == 401


async def test_preferences_hold_in_every_browser_at_once(
    owner: Owner, base_url: str, database: Database, settings: Settings
) -> None:
    path = "/ui/settings/preferences"
    chosen = {"theme": "dark", "time_zone": "Asia/Tokyo", "page_size": "7"}
    page = await said_after(owner.browser, await owner.browser.post(path, data=chosen))
    assert 'data-theme="dark"' in page
    cookies = await session_of(database, settings, owner.someone)
    async with browsing(base_url, cookies) as other:
        page = (await other.get(path)).text
        assert 'data-theme="dark"' in page
        assert 'value="Asia/Tokyo"' in page
        assert 'value="7"' in page
    back = {"theme": "light", "time_zone": "", "page_size": "7"}
    page = await said_after(owner.browser, await owner.browser.post(path, data=back))
    assert 'list="time-zones" autocomplete="off" value=""' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("time_zone", "Europe/Atlantis", "This is not a time zone."),
        ("page_size", "201", "Take 200 or less."),
    ],
)
async def test_a_preference_that_cannot_be_is_refused_beside_its_field(
    owner: Owner, field: str, value: str, sentence: str
) -> None:
    chosen = {"theme": "dark", "time_zone": "UTC", "page_size": "7", field: value}
    answer = await owner.browser.post("/ui/settings/preferences", data=chosen)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{value}"' in answer.text
