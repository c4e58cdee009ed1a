"""Making share links on pages, seeing them there, and taking them back."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape

import httpx2
import pytest
from fastapi import FastAPI
from playwright.async_api import expect

from cloud.accounts.models import Role
from cloud.captures.models import State
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_user
from tests.sharing.arranging import Sharer, sharing
from tests.web.conftest import Desk
from tests.web.visitors import browsing, session_of


@pytest.fixture
async def sharer(app: FastAPI, database: Database, base_url: str) -> AsyncIterator[Sharer]:
    async with sharing(database, app.state.store, base_url) as sharer:
        yield sharer


@pytest.fixture
async def maker(
    sharer: Sharer, base_url: str, database: Database, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    cookies = await session_of(database, settings, sharer.someone)
    async with browsing(base_url, cookies) as browser:
        yield browser


def form_of(sharer: Sharer) -> str:
    return f"/ui/cameras/{sharer.device.unit_id}/share"


async def test_a_link_made_on_its_page_works_and_is_shown_once(
    maker: httpx2.AsyncClient, stranger: httpx2.AsyncClient, sharer: Sharer, settings: Settings
) -> None:
    capture = await sharer.capture(state=State.ABNORMAL)
    form = await maker.get(f"{form_of(sharer)}?capture={capture.id}")
    assert f'value="{capture.id}"' in form.text
    typed = {"share_type": "capture", "record_id": str(capture.id), "expires_in_hours": "24"}
    typed |= {"max_views": "3", "label": "For the insurer", "from": "", "to": "", "passcode": ""}
    made = await maker.post(form_of(sharer), data=typed)
    assert made.status_code == 200
    assert "data:image/svg+xml" in made.text
    found = re.search(r'data-copy="([^"]+)"', made.text)
    assert found is not None
    path = unescape(found[1]).removeprefix(settings.base_url)
    assert (await stranger.get(path)).status_code == 200
    listed = await maker.get("/ui/shares")
    for shown in ("For the insurer", "Bench camera", "One picture", "1 of 3 views", "Active"):
        assert shown in listed.text
    assert path not in listed.text


async def test_a_filtered_gallery_is_shared_as_it_is_filtered(
    maker: httpx2.AsyncClient, sharer: Sharer
) -> None:
    await sharer.capture(state=State.ABNORMAL)
    page = await maker.get(f"/ui/cameras/{sharer.device.unit_id}?state=abnormal&preset=today")
    found = re.search(r'href="(/ui/cameras/[^"]+/share\?[^"]+)"', page.text)
    assert found is not None
    form = (await maker.get(unescape(found[1]))).text
    assert re.search(r'value="date_range"\s+checked', form)
    assert re.search(r'value="abnormal"\s+checked', form)
    times = dict(re.findall(r'name="(from|to)" type="datetime-local"\s+value="([^"]+)"', form))
    await maker.post(
        form_of(sharer), data={"share_type": "date_range", "states": "abnormal", **times}
    )
    (link,) = (await sharer.client.get("/v1/share-links")).json()["share_links"]
    assert (link["share_type"], link["states"]) == ("date_range", ["abnormal"])
    assert link["from"].startswith(times["from"])


async def test_a_span_of_ones_own_is_shared_as_that_span_and_never_as_the_whole_camera(
    maker: httpx2.AsyncClient, sharer: Sharer
) -> None:
    await sharer.capture(captured_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    span = {"preset": "span", "from": "2026-11-22T09:00", "to": "2026-11-22T10:00"}
    page = await maker.get(f"/ui/cameras/{sharer.device.unit_id}", params=span)
    found = re.search(r'href="(/ui/cameras/[^"]+/share\?[^"]+)"', page.text)
    assert found is not None
    form = (await maker.get(unescape(found[1]))).text
    assert re.search(r'value="date_range"\s+checked', form)
    assert 'value="2026-11-22T09:00"' in form
    assert 'value="2026-11-22T10:00"' in form


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"share_type": "date_range", "from": "", "to": ""}, "Say a day and a time."),
        ({"share_type": "device", "max_views": "0"}, "Take 1 or more."),
        ({"share_type": "device", "passcode": "abc"}, "Take at least 4 characters."),
        ({"share_type": "capture", "record_id": "nothing"}, "There is no such capture."),
        (
            {"share_type": "date_range", "from": "2026-11-22T09:00", "to": "2026-11-22T08:00"},
            "must be earlier than",
        ),
    ],
)
async def test_what_cannot_be_shared_is_said_on_the_form(
    maker: httpx2.AsyncClient, sharer: Sharer, typed: dict[str, str], sentence: str
) -> None:
    refused = await maker.post(form_of(sharer), data=typed | {"label": "Kept as typed"})
    assert refused.status_code in {404, 422}
    assert sentence in refused.text
    assert 'value="Kept as typed"' in refused.text
    assert (await sharer.client.get("/v1/share-links")).json()["share_links"] == []


async def test_a_camera_says_that_it_is_shared_until_the_link_is_revoked(
    maker: httpx2.AsyncClient, sharer: Sharer
) -> None:
    made = await sharer.share(max_views=5)
    pages = ["/ui", f"/ui/cameras/{sharer.device.unit_id}"]
    for page in pages:
        assert "hared by a link" in (await maker.get(page)).text
    asked = await maker.get("/ui/shares")
    action = f"/ui/shares/{made['id']}/revoke"
    assert f'action="{action}"' in asked.text
    assert "This cannot be undone." in asked.text
    done = await maker.post(action)
    assert (done.status_code, done.headers["location"]) == (303, "/ui/shares")
    listed = await maker.get("/ui/shares")
    assert "Revoked" in listed.text
    assert action not in listed.text
    for page in pages:
        assert "hared by a link" not in (await maker.get(page)).text


@pytest.mark.parametrize("end", [{"max_views": 1, "view_count": 1}, {"label": None}])
async def test_a_link_that_nobody_can_open_any_more_is_no_sharing(
    maker: httpx2.AsyncClient, sharer: Sharer, end: dict[str, int | None]
) -> None:
    capture = await sharer.capture()
    made = await sharer.share("capture", record_id=str(capture.id))
    assert "hared by a link" in (await maker.get("/ui")).text
    await sharer.change(made, **end)
    if "label" in end:
        await sharer.client.delete(f"/v1/captures/{capture.id}")
    assert "hared by a link" not in (await maker.get("/ui")).text


async def test_who_may_not_share_sees_links_and_who_came_and_no_buttons(
    sharer: Sharer,
    stranger: httpx2.AsyncClient,
    base_url: str,
    database: Database,
    settings: Settings,
) -> None:
    capture = await sharer.capture()
    made = await sharer.share()
    await stranger.get(f"/s/{made['token']}", headers={"User-Agent": "A telephone"})
    viewer = await make_user(database, sharer.someone.organization_id, role=Role.VIEWER)
    async with browsing(base_url, await session_of(database, settings, viewer)) as browser:
        listed = await browser.get("/ui/shares")
        one = await browser.get(f"/ui/shares/{made['id']}")
        assert "A telephone" in one.text
        assert stranger.headers["X-Forwarded-For"] in one.text
        camera = await browser.get(f"/ui/cameras/{sharer.device.unit_id}")
        viewed = await browser.get(f"/ui/captures/{capture.id}")
        for page in (listed, one, camera, viewed):
            assert page.status_code == 200
            assert "/revoke" not in page.text
            assert "/share" not in page.text.replace("/ui/shares", "").replace("css/shares", "")
        assert (await browser.get(form_of(sharer))).status_code == 403
        assert (await browser.post(form_of(sharer))).status_code == 403
        assert (await browser.post(f"/ui/shares/{made['id']}/revoke")).status_code == 403


@pytest.mark.browser
async def test_asking_once_more_moves_nothing_that_is_pressed(
    desk: Desk,
) -> None:
    page = desk.page
    await desk.owner.browser.post(
        f"/ui/cameras/{desk.device.unit_id}/share",
        data={"share_type": "device", "expires_in_hours": "24"},
    )
    for width in (1440, 390):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.goto("/ui/shares")
        revoke = page.locator(".revoke > summary")
        place = await revoke.bounding_box()
        await revoke.click()
        await expect(page.get_by_role("button", name="Revoke for good")).to_be_visible()
        assert await revoke.bounding_box() == place
