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
    """By the form that the page offers for what it shows."""
    shown = (await browser.get(f"{page}?{urlencode(query, doseq=True)}")).text
    (form,) = re.findall(
        r'class="row" method="post" action="/ui/saved-filters">(.*?)</form>', shown, re.DOTALL
    )
    fields = {"name": [name]} | hidden_fields(form)
    headers = coming_from(browser, page)
    answer = await browser.post("/ui/saved-filters", data=fields, headers=headers)
    if answer.status_code == 303:
        assert answer.headers["location"] == page
    return answer.status_code


async def undo(browser: httpx2.AsyncClient, page: str) -> None:
    """Press the button that the notice on the page offers."""
    shown = (await browser.get(page)).text
    ((address, form),) = re.findall(
        r'<form class="undo" method="post" action="([^"]+)">(.*?)</form>', shown, re.DOTALL
    )
    headers = coming_from(browser, page)
    answer = await browser.post(address, data=hidden_fields(form), headers=headers)
    assert answer.status_code == 303


def hidden_fields(form: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    return fields


def coming_from(browser: httpx2.AsyncClient, page: str) -> dict[str, str]:
    return {"Referer": str(browser.base_url.join(page))}


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
        led = (await second.get(unescape(address))).text
    gallery = led[led.index('id="gallery"') :]
    assert "The drill is gone." in gallery
    assert "All is there." not in gallery
    assert "Save these filters" not in gallery, "what is shown is saved already"


async def test_saving_and_removing_are_taken_back(owner: Owner, database: Database) -> None:
    device = await make_device(database, owner.someone.organization_id)
    browser, page = owner.browser, f"/ui/cameras/{device.unit_id}"
    span = {"preset": "span", "from": "2026-01-02T03:04", "state": ["normal", "failed"], "q": "a&b"}

    async def saved() -> list[dict[str, object]]:
        kept = (await browser.get("/v1/auth/preferences")).json()["saved_filters"]
        assert isinstance(kept, list)
        return kept

    assert await save(browser, page, HOSTILE, **span) == 303
    (kept,) = await saved()
    assert (kept["name"], kept["q"], kept["states"]) == (HOSTILE, "a&b", ["normal", "failed"])
    await undo(browser, page)
    assert await saved() == []
    assert await save(browser, page, HOSTILE, **span) == 303
    data, headers = {"name": HOSTILE}, coming_from(browser, page)
    await browser.post("/ui/saved-filters/remove", data=data, headers=headers)
    assert await saved() == []
    await undo(browser, page)
    assert await saved() == [kept]


async def test_a_name_used_again_means_the_last_and_the_number_is_bounded(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    page = f"/ui/cameras/{device.unit_id}"
    saved = [{"name": f"Mine {number}", "q": f"word {number}"} for number in range(MOST_SAVED - 1)]
    await owner.browser.put("/v1/auth/preferences", json={"saved_filters": saved})
    assert await save(owner.browser, page, "x" * 61, state="failed") == 422
    assert await save(owner.browser, page, "Mine 3", state="failed") == 303
    assert await save(owner.browser, page, "The last", state="normal") == 303
    full = (await owner.browser.get(f"{page}?state=abnormal")).text
    assert "Save these filters" not in full
    more = await owner.browser.post("/ui/saved-filters", data={"name": "One more", "q": "x"})
    assert more.status_code == 409
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
