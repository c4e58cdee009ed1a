"""The operators' guide as the application shows it: `docs/guide`, made into pages at the start.

In the repository the guide is plain Markdown whose links and pictures work there; here its links
lead to `/help/{page}` and its pictures carry the version of the folder that they are in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown import markdown
from markupsafe import Markup

from cloud.web.assets import Assets, read_assets

DOCUMENTS = Path(__file__).parents[2] / "docs"
GUIDE_DIRECTORY = DOCUMENTS / "guide"
PICTURE_DIRECTORY = DOCUMENTS / "screenshots"
HELP_PATH = "/help"
PICTURES_PATH = "/help/pictures"

INDEX = "README"
"""The page that lists all others, in the order in which they are offered."""

PAGE_LINK = re.compile(r"\]\(([\w-]+)\.md\)")
HREF = re.compile(r'href="([\w-]+)\.md"')
PICTURE = re.compile(r'<img alt="(?P<words>[^"]*)" src="\.\./screenshots/(?P<name>[\w-]+\.png)" />')
PNG_SIZE = slice(16, 24)
"""Where a PNG says its width and height, four bytes each."""


@dataclass(frozen=True)
class GuidePage:
    """`name` is the page's in addresses, `body` its markup without the title."""

    name: str
    title: str
    body: Markup

    @property
    def address(self) -> str:
        return _address(self.name)


@dataclass(frozen=True)
class Guide:
    """`pages` are by name, the index first and the others in its order."""

    pages: Mapping[str, GuidePage]
    pictures: Assets


def read_guide(directory: Path = GUIDE_DIRECTORY, pictures: Path = PICTURE_DIRECTORY) -> Guide:
    """Make all pages. A picture that is not there is left out."""
    assets = read_assets(pictures, PICTURES_PATH)
    texts = {path.stem: path.read_text() for path in directory.glob("*.md")}
    listed = [name for name in PAGE_LINK.findall(texts[INDEX]) if name in texts]
    names = dict.fromkeys([INDEX, *listed, *sorted(texts)])
    return Guide({name: _make_page(name, texts[name], assets) for name in names}, assets)


def _make_page(name: str, text: str, pictures: Assets) -> GuidePage:
    title, _, rest = text.partition("\n")

    def place(picture: re.Match[str]) -> str:
        return _place(pictures, picture["name"], picture["words"])

    body = markdown(rest, extensions=["tables", "sane_lists"])
    body = HREF.sub(lambda link: f'href="{_address(link[1])}"', PICTURE.sub(place, body))
    return GuidePage(name, title.removeprefix("# "), Markup(body))  # noqa: S704  # our own text


def _place(pictures: Assets, name: str, words: str) -> str:
    """A picture with its size, so that nothing moves when it comes."""
    file = pictures.directory / name
    if not file.is_file():
        return ""
    size = file.read_bytes()[PNG_SIZE]
    width, height = int.from_bytes(size[:4], "big"), int.from_bytes(size[4:], "big")
    address = pictures.url(name)
    return f'<img src="{address}" width="{width}" height="{height}" loading="lazy" alt="{words}">'


def _address(name: str) -> str:
    return HELP_PATH if name == INDEX else f"{HELP_PATH}/{name}"
