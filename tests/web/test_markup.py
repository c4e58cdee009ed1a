"""Every page is written as browsers and the programs that read it aloud expect."""

from collections.abc import Sequence

import httpx2
import pytest
from fastapi import FastAPI

from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.web.controls import forms_of
from tests.web.everywhere import make_everywhere
from tests.web.looking import tell
from tests.web.reading import Page, badly_written, read_all
from tests.web.visitors import browsing, session_of

MALFORMED = 422
MANY_REFUSALS = 10
"""More forms than this have a field that must be filled in."""


@pytest.fixture(scope="module")
async def pages(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> Sequence[Page]:
    everywhere = await make_everywhere(app, base_url, database, settings, canary="calm")
    signed_in = await session_of(database, settings, everywhere.person)
    return await read_all(base_url, signed_in, everywhere)


@pytest.fixture(scope="module")
async def refused(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> Sequence[Page]:
    """What every form answers that was sent with nothing in it."""
    everywhere = await make_everywhere(app, base_url, database, settings, canary="calm")
    signed_in = await session_of(database, settings, everywhere.person)
    found = []
    for page in await read_all(base_url, signed_in, everywhere):
        cookies = signed_in if page.sight in everywhere.for_people else {}
        for form in forms_of(page.text, page.sight.path):
            async with browsing(base_url, cookies) as browser:
                answer = await send_empty(browser, form.control.path, form.hidden)
                if answer.status_code == MALFORMED:
                    found.append(Page(page.sight, answer.text))
    assert len(found) > MANY_REFUSALS
    return found


async def send_empty(
    browser: httpx2.AsyncClient, path: str, hidden: dict[str, str]
) -> httpx2.Response:
    return await browser.post(path, data=hidden)


def test_what_runs_together_or_means_nothing_is_noticed() -> None:
    assert badly_written('<input id="a" required class="b"><p title="c=\'d\'">e</p>') == set()
    for wrong in ('<input id="a"class="b">', "<input requiredreadonly>", '<i id="a" id="b">'):
        assert badly_written(wrong) == {wrong}


def test_no_attributes_run_together_on_any_page(
    pages: Sequence[Page], refused: Sequence[Page]
) -> None:
    tell(
        [
            f"{page.sight.path}: {tag[:200]}"
            for page in (*pages, *refused)
            for tag in badly_written(page.text)
        ]
    )


def test_a_form_that_is_refused_says_so_at_its_top(refused: Sequence[Page]) -> None:
    forms = [page for page in refused if 'aria-invalid="true"' in page.text]
    tell([page.sight.path for page in forms if 'role="alert"' not in page.text])
    assert len(forms) > MANY_REFUSALS
