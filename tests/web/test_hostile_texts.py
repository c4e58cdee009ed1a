"""Whatever somebody writes into a text, on no page does it become markup."""

import re
from collections.abc import Iterator, Sequence

import httpx2
import pytest
from fastapi import FastAPI

from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.forms import OUR_FAULT
from tests.web.conftest import Owner
from tests.web.controls import forms_of
from tests.web.everywhere import Everywhere, make_everywhere
from tests.web.hostile import ALL_AT_ONCE, PAYLOADS, injected_into
from tests.web.reading import Page, read_all
from tests.web.visitors import browsing, session_of

SHOWN = frozenset(
    {
        *("After", "Answer", "Because", "Before", "Browser", "Camera", "Clause", "Code"),
        *("Description", "Doubt", "Elsewhere", "Key", "Label", "Location", "Metadata", "Model"),
        *("Name", "Note", "Reason", "Schedule", "Template", "Text", "Why"),
        *("actor", "asker", "author", "colleague", "invited", "owner", "sharer", "told"),
    }
)
"""How the texts begin that pages show; tests/full_organization.py has them all."""

MANY_FORMS = 20
"""More forms than this show again what was typed into them."""


@pytest.fixture(scope="module")
async def hostile(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> Everywhere:
    """An organization in which every text is hostile."""
    return await make_everywhere(app, base_url, database, settings, canary=ALL_AT_ONCE)


@pytest.fixture(scope="module")
async def pages(
    base_url: str, database: Database, settings: Settings, hostile: Everywhere
) -> Sequence[Page]:
    return await read_all(base_url, await session_of(database, settings, hostile.person), hostile)


def test_there_are_enough_payloads_and_the_parser_finds_them_where_nothing_escapes() -> None:
    assert len(PAYLOADS) >= 40
    naive = [f"<p title=\"{each}\">{each}</p><i title='{each}'></i>" for each in PAYLOADS]
    assert sum(bool(injected_into(page)) for page in naive) > len(PAYLOADS) / 2


def test_no_stored_text_becomes_markup_on_any_page(pages: Sequence[Page]) -> None:
    assert [page.sight for page in pages if injected_into(page.text)] == []


def test_every_text_of_others_is_shown_somewhere(pages: Sequence[Page]) -> None:
    """Else it would prove nothing that none of them becomes markup."""
    shown = {
        found for page in pages for found in re.findall(r"(\w+)[ .]&lt;hostile&gt; seen", page.text)
    }
    assert SHOWN - shown == set()


async def test_nothing_typed_into_a_form_comes_back_as_markup(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> None:
    """Into the forms of a place of its own, which is another one in the end."""
    everywhere = await make_everywhere(app, base_url, database, settings, canary="calm")
    signed_in = await session_of(database, settings, everywhere.person)
    wrong, echoed = [], set()
    for page in await read_all(base_url, signed_in, everywhere):
        cookies = signed_in if page.sight in everywhere.for_people else {}
        for form in forms_of(page.text, page.sight.path):
            async with browsing(base_url, cookies) as browser:
                for text in in_parts(PAYLOADS, 20):
                    sent = {**form.hidden, **dict.fromkeys(form.typed, text)}
                    answer = await browser.post(form.control.path, data=sent)
                    assert answer.status_code < OUR_FAULT, (form, answer.text)
                    if "&lt;hostile" in answer.text:
                        echoed.add(form.control)
                    if injected_into(answer.text):
                        wrong.append((form.control, text))
    assert wrong == []
    assert len(echoed) > MANY_FORMS


async def test_nothing_in_an_address_comes_back_as_markup(
    stranger: httpx2.AsyncClient, owner: Owner
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
    base_url: str, database: Database, settings: Settings, hostile: Everywhere
) -> None:
    path = f"/ui/cameras/{hostile.full.ids.device_id}"
    async with browsing(base_url, await session_of(database, settings, hostile.person)) as browser:
        for text in in_parts(PAYLOADS, 2):
            answer = await browser.get(path, params={"q": text, "trigger_label": text})
            assert answer.status_code == 200
            assert injected_into(answer.text) == [], text


def in_parts(payloads: Sequence[str], size: int) -> Iterator[str]:
    """A few at a time: texts have a longest length, and some forms a limit by address."""
    for start in range(0, len(payloads), size):
        yield " seen ".join(payloads[start : start + size])
