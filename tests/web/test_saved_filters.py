"""Filters kept under a name: chosen by a link on every camera's page and in every browser."""

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx2
import pytest

from cloud.accounts.preferences import MOST_SAVED, Preset, ShownState
from cloud.captures.models import State
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.filters import Filters
from cloud.web.saved_filters import filters_of, name_filters
from tests.factories import make_capture, make_device
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of

TOKYO = ZoneInfo("Asia/Tokyo")
HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    "filters",
    [
        Filters((ShownState.FAILED, ShownState.ABNORMAL), Preset.WEEK, "a & b", "dark"),
        Filters((), "span", from_=datetime(2026, 1, 2, tzinfo=UTC)),
        Filters((ShownState.NORMAL,)),
    ],
)
def test_filters_come_back_as_they_were_saved(filters: Filters) -> None:
    assert filters_of(name_filters("Mine", filters, TOKYO)) == filters


def test_a_span_without_a_zone_is_kept_by_the_readers_clock() -> None:
    span = Filters(preset="span", from_=datetime(2026, 1, 2, 9))  # noqa: DTZ001  # as a field of a form sends it
    assert name_filters("Mine", span, TOKYO).after == datetime(2026, 1, 2, tzinfo=UTC)


async def save(browser: httpx2.AsyncClient, page: str, name: str, **query: object) -> int:
    answer = await browser.post(
        f"/ui/saved-filters?{urlencode(query, doseq=True)}",
        data={"name": name},
        headers={"Referer": f"{browser.base_url}{page}".replace("//ui", "/ui")},
    )
    if answer.status_code == 303:
        assert answer.headers["location"] == page
    return answer.status_code


async def test_saved_filters_are_links_on_every_camera_and_in_every_browser(
    owner: Owner, base_url: str, database: Database, settings: Settings
) -> None:
    one, other = [await make_device(database, owner.someone.organization_id) for _ in range(2)]
    await make_capture(database, other, state=State.ABNORMAL, reason="The drill is gone.")
    await make_capture(database, other, state=State.NORMAL, reason="All is there.")
    page = f"/ui/cameras/{one.unit_id}"
    assert "Save these filters" not in (await owner.browser.get(page)).text
    assert "Save these filters" in (await owner.browser.get(f"{page}?state=abnormal")).text
    assert await save(owner.browser, page, HOSTILE, state=["abnormal"], q="drill") == 303

    async with browsing(base_url, await session_of(database, settings, owner.someone)) as second:
        shown = (await second.get(f"/ui/cameras/{other.unit_id}")).text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown
        (address,) = re.findall(rf'href="(/ui/cameras/{other.unit_id}\?state=[^"]+)#', shown)
        gallery = (await second.get(unescape(address))).text
    assert "The drill is gone." in gallery
    assert "All is there." not in gallery
    assert "Save these filters" not in gallery, "what is shown is saved already"
    removed = await owner.browser.post("/ui/saved-filters/remove", data={"name": HOSTILE})
    assert removed.status_code == 303
    assert "&lt;script&gt;" not in (await owner.browser.get(page)).text


async def test_a_name_used_again_means_the_last_and_the_number_is_bounded(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    page = f"/ui/cameras/{device.unit_id}"
    for number in range(MOST_SAVED):
        assert await save(owner.browser, page, f"Mine {number}", q=f"word {number}") == 303
    assert await save(owner.browser, page, "One more", state="failed") == 409
    assert await save(owner.browser, page, "Mine 3", state="failed") == 303
    assert await save(owner.browser, page, "x" * 61, state="failed") == 422
    shown = (await owner.browser.get(f"{page}?state=failed")).text
    assert "q=word+3#" not in shown
    assert re.search(r'aria-current="true">\s*Mine 3<', shown)


async def test_the_api_takes_saved_filters_of_different_names_only(owner: Owner) -> None:
    saved = {"name": "Night", "states": ["failed"], "q": "dark"}
    path = "/v1/auth/preferences"
    kept = await owner.browser.put(path, json={"saved_filters": [saved]})
    assert kept.json()["saved_filters"][0]["q"] == "dark"
    doubled = await owner.browser.put(path, json={"saved_filters": [saved, saved]})
    assert doubled.status_code == 422
    many = [{"name": f"Mine {number}"} for number in range(MOST_SAVED + 1)]
    assert (await owner.browser.put(path, json={"saved_filters": many})).status_code == 422


async def test_lists_are_as_long_as_was_chosen(owner: Owner, database: Database) -> None:
    device = await make_device(database, owner.someone.organization_id)
    for _ in range(3):
        await owner.browser.post(
            f"/ui/cameras/{device.unit_id}/share",
            data={"share_type": "device", "expires_in_hours": "24"},
        )
    await owner.browser.put("/v1/auth/preferences", json={"page_size": 2})
    assert (await owner.browser.get("/ui/shares")).text.count('href="/ui/shares/') == 2
