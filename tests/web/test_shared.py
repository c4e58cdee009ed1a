"""What a stranger with a link sees and learns, over real HTTP."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from cloud.captures.models import State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.headers import CONTENT_SECURITY_POLICY
from cloud.kit.settings import Settings
from cloud.sharing.guests import VISIT_LIFE
from cloud.sharing.models import ShareView
from cloud.sharing.picture_ids import disguise
from tests.sharing.arranging import PICTURE, Sharer, sharing
from tests.web.visitors import FROM_ELSEWHERE

PART = {"HX-Request-Type": "partial"}
CHAT = {"User-Agent": "WhatsApp/2.24.6.77 A"}
TELEPHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 13; CUBOT X50) Mobile Safari/537.36"}


@pytest.fixture
async def sharer(app: FastAPI, database: Database, base_url: str) -> AsyncIterator[Sharer]:
    async with sharing(database, app.state.store, base_url) as sharer:
        yield sharer


async def test_a_gallery_says_what_was_seen_and_nothing_of_the_inside(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    capture = await sharer.capture(state=State.ABNORMAL, reason="The drill is gone.")
    made = await sharer.share(label="For the insurer")
    page = await stranger.get(f"/s/{made['token']}", headers=TELEPHONE)
    for shown in ("For the insurer", "Bench camera", "The drill is gone.", "Abnormal"):
        assert shown in page.text
    inside = [capture.id, capture.sha256, made["id"], sharer.device.unit_id, "Test organization"]
    inside += [sharer.someone.organization_id, sharer.someone.email, "/ui", "/v1/"]
    assert not [each for each in inside if str(each) in page.text]


async def test_no_address_of_a_link_is_indexed_kept_or_told_to_others(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    await sharer.capture()
    made = await sharer.share()
    page = await stranger.get(f"/s/{made['token']}")
    assert '<meta name="referrer" content="no-referrer">' in page.text
    assert '<meta name="robots" content="noindex' in page.text
    refused = await stranger.get("/s/vsh_nothing")
    for answer in (page, refused):
        assert answer.headers["x-robots-tag"].startswith("noindex")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    (cookie,) = page.headers.get_list("set-cookie")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert made["token"] not in cookie


async def test_a_chat_is_shown_the_newest_picture_of_an_open_link_and_not_counted(
    stranger: httpx2.AsyncClient, sharer: Sharer, settings: Settings
) -> None:
    await sharer.capture()
    made = await sharer.share(label="For the insurer")
    page = await stranger.get(f"/s/{made['token']}", headers=CHAT)
    assert 'property="og:title" content="For the insurer"' in page.text
    _, _, rest = page.text.partition('property="og:image" content="')
    address = rest.partition('"')[0]
    assert address.startswith(f"{settings.base_url}/api/s/{made['token']}/thumbnails/")
    picture = await stranger.get(address.removeprefix(settings.base_url), headers=CHAT)
    assert picture.content == PICTURE
    assert not stranger.cookies
    assert (await sharer.link(made))["view_count"] == 0


async def test_nobody_comes_by_the_preview_of_a_chat_to_a_full_picture(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    """Whoever calls themselves a chat would look through a link without a trace."""
    capture = await sharer.capture()
    made = await sharer.share()
    page = await stranger.get(f"/s/{made['token']}", headers=CHAT)
    assert disguise(made["token"], capture.id) not in page.text
    (address,) = set(re.findall(r"/api/s/[^\"]+", page.text))
    full = await stranger.get(address.replace("thumbnails", "images"), headers=CHAT)
    assert full.status_code == 404


async def test_a_link_that_shows_nothing_has_no_newest_picture(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    path = f"/api/s/{(await sharer.share())['token']}/thumbnails/newest"
    missing = await stranger.get(path)
    assert (missing.status_code, missing.json()["code"]) == (404, "picture_not_found")
    limited = await sharer.share(max_views=1)
    refused = await stranger.get(f"/api/s/{limited['token']}/thumbnails/newest")
    assert refused.status_code == 401


async def test_a_chat_uses_no_view_up_and_is_shown_no_picture_of_a_limited_link(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    await sharer.capture(reason="The drill is gone.", state=State.ABNORMAL)
    made = await sharer.share(max_views=1)
    page = await stranger.get(f"/s/{made['token']}", headers=CHAT)
    assert page.status_code == 200
    assert "og:image" not in page.text
    assert "/api/s/" not in page.text
    assert "drill" not in page.text
    assert (await stranger.get(f"/s/{made['token']}")).status_code == 200


async def test_a_chat_learns_nothing_before_the_passcode(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    await sharer.capture()
    made = await sharer.share(passcode="quince", label="A secret label")
    page = await stranger.get(f"/s/{made['token']}", headers=CHAT)
    assert page.status_code == 401
    assert "asks for a passcode" in page.text
    assert "og:" not in page.text
    assert "A secret label" not in page.text


async def test_the_passcode_is_given_on_its_page(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    made = await sharer.share(passcode="quince", max_views=1)
    path = f"/s/{made['token']}"
    asked = await stranger.get(path)
    assert (asked.status_code, "asks for a passcode" in asked.text) == (401, True)
    wrong = await stranger.post(f"{path}/passcode", data={"passcode": "medlar"})
    assert (wrong.status_code, "That is not the passcode" in wrong.text) == (401, True)
    missing = await stranger.post(f"{path}/passcode", data={})
    assert (missing.status_code, "This is needed." in missing.text) == (422, True)
    from_elsewhere = await stranger.post(
        f"{path}/passcode", data={"passcode": "quince"}, headers=FROM_ELSEWHERE
    )
    assert from_elsewhere.status_code == 403
    right = await stranger.post(f"{path}/passcode", data={"passcode": "quince"})
    assert (right.status_code, right.headers["location"]) == (303, path)
    assert (await stranger.get(path)).status_code == 200
    assert (await sharer.link(made))["view_count"] == 1


async def test_a_script_that_looks_for_news_gets_only_the_captures(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    made = await sharer.share()
    page = await stranger.get(f"/s/{made['token']}")
    assert "data-news" in page.text
    await sharer.capture()
    news = await stranger.get(f"/s/{made['token']}", headers=PART)
    assert news.text.lstrip().startswith("<li")
    assert (await sharer.link(made))["view_count"] == 1
    await sharer.client.delete(f"/v1/share-links/{made['id']}")
    assert (await stranger.get(f"/s/{made['token']}", headers=PART)).status_code == 410


async def test_looking_for_news_never_counts(
    stranger: httpx2.AsyncClient, sharer: Sharer, database: Database
) -> None:
    """Nor once the visit is over: a page that was left open would use the views up."""
    await sharer.capture()
    limited, plain = await sharer.share(max_views=5), await sharer.share()
    for made in (limited, plain):
        assert (await stranger.get(f"/s/{made['token']}")).status_code == 200
    async with database.work_for(sharer.someone.organization_id) as work:
        await work.execute(update(ShareView).values(viewed_at=utc_now() - VISIT_LIFE))
    for _ in range(2):
        refused = await stranger.get(f"/s/{limited['token']}", headers=PART)
        assert (refused.status_code, "Open the link itself again" in refused.text) == (401, True)
        assert (await stranger.get(f"/s/{plain['token']}", headers=PART)).status_code == 200
    for made in (limited, plain):
        assert (await sharer.link(made))["view_count"] == 1


async def test_what_is_over_says_what_to_do_next(
    stranger: httpx2.AsyncClient, sharer: Sharer
) -> None:
    made = await sharer.share()
    await sharer.client.delete(f"/v1/share-links/{made['id']}")
    page = await stranger.get(f"/s/{made['token']}")
    assert page.status_code == 410
    assert "Ask whoever sent it for a new one." in page.text
    assert "Bench camera" not in page.text
