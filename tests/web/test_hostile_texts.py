"""Whatever somebody writes into a text, on no page does it become markup."""

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

import httpx2
import pytest
from fastapi import FastAPI

from cloud.accounts.platform_admins import keep_platform_admin
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.accounts.people import fresh_email
from tests.factories import make_user
from tests.full_organization import FullOrganization, make_full_organization
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of

CLOSERS = ["", '"', "'", ">", '">', "'>", "`", "-->", "--!>", "]]>"]
ENDINGS = ["</title>", "</textarea>", "</script>", "</style>", "</svg>", "</option>", "</time>"]
PAYLOADS = [
    *[f"{closer}<hostile>" for closer in CLOSERS],
    *[f"{closer} hostile=1 " for closer in CLOSERS],
    *[f"{ending}<hostile>" for ending in ENDINGS],
    "<hostile",
    "<hostile/src=x onerror=alert(1)>",
    "<svg/onload=hostile>",
    "<img src=x onerror=hostile>",
    "<a href=javascript:hostile>",
    "javascript:hostile",
    "{{ 'hostile' * 2 }}",
    "{% print 'hostile' * 2 %}",
    "&lt;hostile&gt;<hostile>",
    "<!--<hostile>",
    "<\x0bhostile>",
    "\u202e<hostile>",
    "＜hostile＞<hostile>",
]
ALL_AT_ONCE = " seen ".join(PAYLOADS)

PAGES = [
    "/ui",
    "/ui/cameras/{device_id}",
    "/ui/captures/{record_id}",
    "/ui/captures/{record_id}/card?view=grid",
    "/ui/captures/{record_id}/card?view=camera",
    "/ui/devices",
    "/ui/devices/{device_id}/settings/capture",
    "/ui/incidents",
    "/ui/incidents/{incident_id}",
    "/ui/settings/organization",
    "/ui/settings/members",
    "/ui/settings/usage",
    "/ui/settings/audit",
    "/ui/shares",
    "/ui/shares/{share_link_id}",
    "/s/{token}",
    "/s/{token}/captures/{shared_id}",
]
FORMS = {
    "/login": ("email", "next"),
    "/signup": ("email",),
    "/forgot-password": ("email",),
    "/reset-password": ("token",),
    "/verify-email": ("token",),
    "/ui/settings/organization": ("name", "time_zone"),
    "/ui/settings/invitations": ("email", "role"),
    "/ui/devices/add": ("device_id", "activation_code", "friendly_name", "description"),
}


class Injections(HTMLParser):
    """Finds what of a page's markup nobody of us wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("hostile"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            address = name in {"href", "src", "action"} and (value or "").strip().lower()
            if name.startswith(("hostile", "on")) or str(address).startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value!r}>")


def injected_into(page: str) -> list[str]:
    parser = Injections()
    parser.feed(page)
    parser.close()
    evaluated = ["a template in it was run"] if "hostilehostile" in page else []
    return [*parser.found, *evaluated]


@pytest.fixture(scope="module")
async def hostile(app: FastAPI, database: Database) -> FullOrganization:
    """An organization in which every text is hostile."""
    return await make_full_organization(database, app.state.store, canary=ALL_AT_ONCE)


def test_there_are_enough_payloads_and_the_parser_finds_them_where_nothing_escapes() -> None:
    assert len(PAYLOADS) >= 40
    naive = [f"<p title=\"{each}\">{each}</p><i title='{each}'></i>" for each in PAYLOADS]
    assert sum(bool(injected_into(page)) for page in naive) > len(PAYLOADS) / 2


@pytest.mark.parametrize("page", PAGES)
async def test_no_stored_text_becomes_markup(
    base_url: str,
    database: Database,
    settings: Settings,
    hostile: FullOrganization,
    page: str,
) -> None:
    async with browsing(base_url, await session_of(database, settings, hostile.owner)) as browser:
        answer = await browser.get(page.format(**vars(hostile.ids)))
    assert answer.status_code == 200
    assert answer.text.count("&lt;hostile&gt; seen") >= len(CLOSERS)
    assert injected_into(answer.text) == []


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("page", ["/ui/admin/organizations", "/ui/admin/codes"])
async def test_no_organization_reaches_the_platforms_people_with_markup(
    base_url: str, database: Database, settings: Settings, page: str
) -> None:
    email = fresh_email()
    keep_platform_admin(settings.data_directory, email)
    admin = await make_user(database, email=email)
    async with browsing(base_url, await session_of(database, settings, admin)) as browser:
        answer = await browser.get(page)
    assert answer.text.count("&lt;hostile&gt; seen") >= len(CLOSERS)
    assert injected_into(answer.text) == []


@pytest.mark.parametrize("path", FORMS)
async def test_nothing_typed_into_a_form_comes_back_as_markup(
    stranger: httpx2.AsyncClient, owner: Owner, path: str
) -> None:
    browser = owner.browser if path.startswith("/ui") else stranger
    for text in in_parts(PAYLOADS, 10):
        answer = await browser.post(path, data=dict.fromkeys(FORMS[path], text))
        assert "seen" in answer.text
        assert injected_into(answer.text) == []


async def test_nothing_in_an_address_comes_back_as_markup(
    stranger: httpx2.AsyncClient, owner: Owner, hostile: FullOrganization
) -> None:
    queries = [
        (stranger, "/login", "next"),
        (stranger, "/reset-password", "token"),
        (stranger, "/verify-email", "token"),
        (owner.browser, "/ui/devices/add", "device_id"),
        (owner.browser, "/ui/incidents", "cursor"),
        (stranger, "/nothing", "q"),
    ]
    for text in in_parts(PAYLOADS, 5):
        for browser, path, name in queries:
            answer = await browser.get(path, params={name: text})
            assert injected_into(answer.text) == [], (path, text)


async def test_no_filter_comes_back_as_markup(
    base_url: str, database: Database, settings: Settings, hostile: FullOrganization
) -> None:
    path = f"/ui/cameras/{hostile.ids.device_id}"
    async with browsing(base_url, await session_of(database, settings, hostile.owner)) as browser:
        for text in in_parts(PAYLOADS, 2):
            answer = await browser.get(path, params={"q": text, "trigger_label": text})
            assert answer.status_code == 200
            assert injected_into(answer.text) == [], text


def in_parts(payloads: Sequence[str], size: int) -> Iterator[str]:
    """A few at a time: texts have a longest length, and some forms a limit by address."""
    for start in range(0, len(payloads), size):
        yield " seen ".join(payloads[start : start + size])
