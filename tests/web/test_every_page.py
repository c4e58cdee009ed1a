"""Every page of the route table in a real browser, while every text from outside is hostile."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser

from bin._pages import list_pages
from cloud.accounts.cookies import cookie_name
from cloud.kit.access import Audience, DeclaredRoute
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import Someone, make_device, make_user
from tests.web.driving import somewhere
from tests.web.everywhere import Everywhere, Sight, make_everywhere, sights_of
from tests.web.hostile import ALL_AT_ONCE, PAYLOADS
from tests.web.looking import DESKTOP, LOOKING, Looker, look_from, tell
from tests.web.visitors import session_of

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.timeout(300)]

ONLY_WITH_SCRIPTS = 0.1
"""How many of a page's words may stand beside what needs a script."""

WITHOUT_A_PICTURE = {"/ui/notifications/preview/html": 404}
"""What an organization with nothing in it cannot be shown."""

NAIVE = f"""
    <meta name="viewport" content="width=device-width">
    <style>@keyframes turn {{ to {{ opacity: 0.5 }} }} i {{ animation: turn 9s infinite }}
        button {{ all: unset; display: block; width: 9px; height: 9px }}</style>
    <p style="width: 2000px; color: #ddd; background: #eee">Wide and pale</p>
    <nav><button>A</button><button>B</button></nav>
    <i>Moving</i> {" ".join(PAYLOADS)}
"""
"""What nobody of us would write."""


@pytest.fixture(scope="module")
async def everywhere(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> Everywhere:
    return await make_everywhere(app, base_url, database, settings, canary=ALL_AT_ONCE)


@asynccontextmanager
async def looking(
    browser: Browser,
    base_url: str,
    database: Database,
    settings: Settings,
    someone: Someone | None,
    *,
    with_scripts: bool = True,
) -> AsyncIterator[Looker]:
    """At a desktop in the light, asking for no motion; as a stranger or as somebody signed in."""
    context = await browser.new_context(
        base_url=base_url,
        viewport=DESKTOP,
        reduced_motion="reduce",
        java_script_enabled=with_scripts,
        extra_http_headers=somewhere(),
    )
    if someone is not None:
        token = (await session_of(database, settings, someone))[cookie_name(settings)]
        await context.add_cookies(
            [{"name": cookie_name(settings), "value": token, "url": base_url}]
        )
    yield await look_from(context)
    await context.close()


async def test_strangers_are_troubled_by_nothing(
    browser: Browser, base_url: str, database: Database, settings: Settings, everywhere: Everywhere
) -> None:
    troubles: list[str] = []
    async with looking(browser, base_url, database, settings, None) as looker:
        for sight in everywhere.for_strangers:
            troubles += await looker.visit(sight)
    tell(troubles)


async def test_people_are_troubled_by_nothing_and_can_read_without_scripts(
    browser: Browser, base_url: str, database: Database, settings: Settings, everywhere: Everywhere
) -> None:
    here = browser, base_url, database, settings, everywhere.person
    troubles: list[str] = []
    async with looking(*here) as looker, looking(*here, with_scripts=False) as plain:
        for sight in everywhere.for_people:
            if not await plain.open(sight):
                troubles += await looker.visit(sight)
                continue
            troubles += await looker.visit(sight)
            words = await looker.words()
            missing = words - await plain.words()
            if len(missing) > ONLY_WITH_SCRIPTS * len(words):
                troubles.append(f"{sight.path}: without scripts it lacks {sorted(missing)}")
    tell(troubles)


async def test_an_organization_with_nothing_in_it_is_shown_as_well(
    app: FastAPI, browser: Browser, base_url: str, database: Database, settings: Settings
) -> None:
    owner = await make_user(database)
    routes = [route for route in app.state.routes if route.audience is not Audience.PLATFORM_ADMIN]
    without_ids = [route for route in routes if "{" not in route.path]
    of_a_camera = [route for route in routes if re.findall(r"{(\w+)", route.path) == ["device_id"]]
    troubles: list[str] = []
    async with looking(browser, base_url, database, settings, owner) as looker:
        for sight in sights_in(without_ids, {}):
            troubles += await looker.glance(sight)
        ids = {"device_id": (await make_device(database, owner.organization_id)).unit_id}
        for sight in sights_in(of_a_camera, ids):
            troubles += await looker.glance(sight)
        troubles += await looker.glance(Sight("/ui/admin/codes", 403))
    tell(troubles)


def sights_in(routes: list[DeclaredRoute], ids: Mapping[str, str]) -> list[Sight]:
    return sights_of(list_pages(routes, ids), of_strangers=False, otherwise=WITHOUT_A_PICTURE)


async def test_the_viewer_over_a_gallery_troubles_nobody(
    browser: Browser, base_url: str, database: Database, settings: Settings, everywhere: Everywhere
) -> None:
    sight = Sight(f"/ui/cameras/{everywhere.full.ids.device_id}")
    async with looking(browser, base_url, database, settings, everywhere.person) as looker:
        await looker.open(sight)
        await looker.page.locator("a[data-viewer]").first.click()
        await looker.page.locator("#viewer-dialog #viewer").wait_for()
        await looker.look()
        tell(looker.collect(sight))


async def test_whoever_looks_notices_what_is_wrong(
    browser: Browser, base_url: str, database: Database, settings: Settings
) -> None:
    """Else the walk would prove nothing."""
    async with looking(browser, base_url, database, settings, None) as looker:
        await looker.open(Sight("/login"))
        await looker.page.evaluate("fetch('/nothing').then(() => {})")
        await looker.page.goto("about:blank")
        await looker.page.set_content(NAIVE)
        await looker.page.evaluate(LOOKING)
        await looker.look()
        noticed = "\n".join(looker.collect(Sight("/")))
    for trouble in (
        "/nothing, which answers 404",
        "hangs over at 360: <p",
        "color-contrast: <p",
        "target-size: <button",
        "moving: <i",
        "injected: <hostile",
        "a dialog opened: hostile",
    ):
        assert trouble in noticed
