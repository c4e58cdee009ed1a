"""A form of a settings page as a browser fills it in: what the page shows, sent back."""

from html.parser import HTMLParser
from typing import Any

import httpx2


class Fields(HTMLParser):
    """The named fields of the first form of a class, with what they hold."""

    def __init__(self, form_class: str) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self._form_class = form_class
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._inside = found.get("class") == self._form_class
        if not self._inside:
            return
        name = found.get("name")
        if tag == "input" and name and self._is_sent(found):
            self.values[name] = found.get("value") or ""
        elif tag == "select" and name:
            self._select = name
            self.values[name] = ""
        elif tag == "option" and "selected" in found:
            self.values[self._select] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    @staticmethod
    def _is_sent(found: dict[str, str | None]) -> bool:
        return found.get("type") not in {"checkbox", "radio"} or "checked" in found


def fields_of(page: str, form_class: str = "settings") -> dict[str, Any]:
    """What the form on a page would send as it stands."""
    parser = Fields(form_class)
    parser.feed(page)
    parser.close()
    return parser.values


async def open_form(
    browser: httpx2.AsyncClient, address: str, form_class: str = "settings"
) -> dict[str, Any]:
    answer = await browser.get(address)
    assert answer.status_code == 200
    return fields_of(answer.text, form_class)
