"""The operators' guide: it leads nowhere in vain, and says what the pages say."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest

from cloud.web.guide import (
    GUIDE_DIRECTORY,
    INDEX,
    PICTURE_DIRECTORY,
    Guide,
    read_guide,
)
from cloud.web.rendering import TEMPLATE_DIRECTORY
from tests.web.conftest import Owner

LINK = re.compile(r"!?\[[^\]]*\]\(([^)]+)\)")
LABEL = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
HELP_BLOCK = re.compile(r"{% block help %}(.*?){% endblock %}")
HEADINGS_OF_INDEX = {"Begin", "Every day", "As you like it", "Running it"}


@pytest.fixture(scope="module")
def guide() -> Guide:
    return read_guide()


def guide_files() -> list[Path]:
    return sorted(GUIDE_DIRECTORY.glob("*.md"))


def test_every_link_and_picture_of_the_guide_is_there() -> None:
    dead = [
        f"{file.name}: {target}"
        for file in guide_files()
        for target in LINK.findall(file.read_text())
        if not (GUIDE_DIRECTORY / target).resolve().is_file()
    ]
    assert dead == []


def test_the_index_lists_every_page(guide: Guide) -> None:
    listed = set(re.findall(r'href="/help/([\w-]+)"', guide.pages[INDEX].body))
    assert listed == guide.pages.keys() - {INDEX}


def test_every_help_link_of_a_page_leads_to_a_page_of_the_guide(guide: Guide) -> None:
    led = {
        (str(file), address)
        for file in TEMPLATE_DIRECTORY.rglob("*.html")
        for address in HELP_BLOCK.findall(file.read_text())
        if address
    }
    assert len(led) > 20
    addresses = {page.address for page in guide.pages.values()}
    assert [one for one in led if f"/help{one[1]}" not in addresses] == []


def test_whatever_is_printed_bold_is_a_word_of_the_pages() -> None:
    said = " ".join(
        file.read_text()
        for kind in ("*.html", "*.py")
        for file in TEMPLATE_DIRECTORY.parent.rglob(kind)
    )
    said = " ".join(said.split())
    strange = [
        f"{file.name}: {label}"
        for file in guide_files()
        for label in (" ".join(found.split()) for found in LABEL.findall(file.read_text()))
        if label not in said and label not in HEADINGS_OF_INDEX
    ]
    assert strange == []


class Pictures(HTMLParser):
    """What a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.shown.append(dict(attrs))


async def test_anybody_may_read_it_with_its_pictures(
    stranger: httpx2.AsyncClient, guide: Guide
) -> None:
    for page in guide.pages.values():
        answer = await stranger.get(page.address)
        assert answer.status_code == 200, page.name
        assert page.title in answer.text
        pictures = Pictures()
        pictures.feed(answer.text)
        for picture in pictures.shown:
            assert picture["alt"]
            assert int(picture["width"] or 0) > 300
            sent = await stranger.get(picture["src"] or "")
            assert sent.headers["content-type"] == "image/png"
            assert sent.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await stranger.get("/help/no-such-page")).status_code == 404


async def test_whoever_is_signed_in_keeps_their_way_around(owner: Owner) -> None:
    answer = await owner.browser.get("/help/incidents")
    assert 'aria-label="Main"' in answer.text
    cameras = await owner.browser.get("/ui")
    assert 'href="/help/verdicts"' in cameras.text
    assert 'href="/help"' in cameras.text


def test_a_picture_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Help\n\n![Gone](../screenshots/gone.png)\n\nWords.\n")
    body = read_guide(tmp_path, PICTURE_DIRECTORY).pages[INDEX].body
    assert "img" not in body
    assert "Words." in body
