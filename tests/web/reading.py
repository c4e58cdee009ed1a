"""The text of every page of an installation, and what of its markup is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from tests.web.everywhere import Everywhere, Sight
from tests.web.visitors import browsing

OF_PAGES = """
accept action alt as autocapitalize autocomplete autofocus charset checked class closedby cols
colspan content controls crossorigin datetime decoding defer dir disabled download enctype
fetchpriority for form formaction formnovalidate headers height hidden href id inputmode label
lang list loading max maxlength media method min minlength multiple name novalidate open pattern
placeholder popover property readonly referrerpolicy rel required role rows rowspan sandbox
scope selected size sizes spellcheck src srcset step summary tabindex target title type value
width
"""
OF_MAILS = "cellpadding cellspacing style"
"""Their readers know no style sheets."""

OF_DRAWINGS = """
cx cy d fill points preserveaspectratio r rx ry stroke text-anchor transform viewbox x x1 x2
xmlns y y1 y2
"""
ATTRIBUTES = frozenset(f"{OF_PAGES} {OF_MAILS} {OF_DRAWINGS}".split())
FAMILIES = ("aria-", "data-", "hx-")

TAG = re.compile(r"<[a-z][^\s>/]*(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
GLUED = re.compile(r"=_[^\s/>]")


@dataclass(frozen=True)
class Page:
    sight: Sight
    text: str


async def read_all(
    base_url: str, cookies: Mapping[str, str], everywhere: Everywhere
) -> Sequence[Page]:
    """Every page, as strangers and as the platform's people see them."""
    found = []
    for sights, sent in ((everywhere.for_strangers, {}), (everywhere.for_people, cookies)):
        async with browsing(base_url, sent) as browser:
            for sight in sights:
                answer = await browser.get(sight.path)
                assert answer.status_code == sight.status, sight
                if "html" in answer.headers.get("content-type", ""):
                    found.append(Page(sight, answer.text))
    return found


class _Attributes(HTMLParser):
    """Collects the tags whose attributes HTML does not know, or that have one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        unknown = {name for name in names if not _is_known(name)}
        if unknown or len(set(names)) < len(names):
            self.wrong.add(self.get_starttag_text() or tag)


def badly_written(text: str) -> set[str]:
    """The tags of a page in which attributes run together, are doubled, or mean nothing."""
    parser = _Attributes()
    parser.feed(text)
    tags = [tag[0] for tag in TAG.finditer(text)]
    return parser.wrong | {tag for tag in tags if GLUED.search(VALUE.sub("=_", tag))}


def _is_known(name: str) -> bool:
    return name.startswith(FAMILIES) or name in ATTRIBUTES
