"""What a page offers its reader, the server lets them do: every form, button and link, by role."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi import FastAPI

from cloud.accounts.models import Role
from cloud.kit.access import DeclaredRoute
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.assets import STATIC_PATH
from tests.factories import make_user
from tests.walking import ROLES, refusal
from tests.web.everywhere import Everywhere, make_everywhere
from tests.web.looking import tell
from tests.web.visitors import browsing, session_of

BY_SCRIPT = {f"hx-{method}": method.upper() for method in ("get", "post", "put", "patch", "delete")}
LEADING = {"a": "href", "img": "src", "iframe": "src"}
PLATFORM_ADMIN = "platform admin"
MANY = 60
"""An owner of an organization with everything in it is offered more routes than this."""


@dataclass(frozen=True)
class Control:
    """Something to press: the request that it would send."""

    method: str
    path: str


class Controls(HTMLParser):
    """Collects them from a page; what is disabled cannot be pressed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: set[Control] = set()
        self._forms: list[Control] = []
        self._disabled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "fieldset" and (self._disabled or "disabled" in given):
            self._disabled.append(tag)
        if tag == "form":
            action = given.get("action") or self.page
            self._forms.append(self._control(given.get("method", "get").upper(), action))
        if tag in {"button", "input"} and self._is_pressed(tag, given):
            self._press(given)
        for name, method in BY_SCRIPT.items():
            if given.get(name) and tag != "form":
                self.found.add(self._control(method, given[name]))
        if given.get(LEADING.get(tag, "")):
            self.found.add(self._control("GET", given[LEADING[tag]]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._forms:
            self._forms.pop()
        if tag == "fieldset" and self._disabled:
            self._disabled.pop()

    def _is_pressed(self, tag: str, given: dict[str, str]) -> bool:
        kind = given.get("type", "submit" if tag == "button" else "text")
        return kind == "submit" and "disabled" not in given and not self._disabled

    def _press(self, given: dict[str, str]) -> None:
        if "formaction" in given:
            self.found.add(self._control("POST", given["formaction"]))
        elif self._forms:
            self.found.add(self._forms[-1])

    def _control(self, method: str, address: str) -> Control:
        parts = urlsplit(urljoin(self.page, address))
        return Control(method, parts.path if not parts.netloc and not parts.scheme else "")


@dataclass(frozen=True)
class Table:
    """The application's routes, to find the one that answers a request."""

    routes: Sequence[DeclaredRoute]

    def find(self, control: Control) -> DeclaredRoute | None:
        for route in self.routes:
            pattern = re.sub(r"{\w+(:path)?}", lambda a: ".+" if a[1] else "[^/]+", route.path)
            if control.method in route.methods and re.fullmatch(pattern, control.path):
                return route
        return None


@pytest.fixture(scope="module")
async def everywhere(
    app: FastAPI, base_url: str, database: Database, settings: Settings
) -> Everywhere:
    return await make_everywhere(app, base_url, database, settings, canary="kept")


@pytest.fixture(scope="module")
def table(app: FastAPI) -> Table:
    return Table(app.state.routes)


@dataclass(frozen=True)
class Reader:
    """Somebody with a role who goes through all pages that are for them."""

    base_url: str
    cookies: Mapping[str, str]
    role: str

    async def collect(self, everywhere: Everywhere, table: Table) -> Mapping[Control, str]:
        """All that is offered, and the page on which."""
        offered: dict[Control, str] = {}
        async with browsing(self.base_url, self.cookies) as browser:
            for sight in everywhere.for_people:
                page = table.find(Control("GET", sight.path))
                if page is None or refusal(page.audience, self.role):
                    continue
                answer = await browser.get(sight.path)
                if "html" in answer.headers.get("content-type", ""):
                    offered |= dict.fromkeys(controls_of(answer.text, sight.path), sight.path)
        return offered


@pytest.fixture(scope="module")
def read_as(
    base_url: str, database: Database, settings: Settings, everywhere: Everywhere
) -> Callable[[str], Awaitable[Reader]]:
    async def make(role: str) -> Reader:
        reader = everywhere.person
        if role != PLATFORM_ADMIN:
            reader = await make_user(database, everywhere.full.organization_id, role=Role(role))
        return Reader(base_url, await session_of(database, settings, reader), role)

    return make


@pytest.fixture(scope="module")
async def owners(
    read_as: Callable[[str], Awaitable[Reader]], everywhere: Everywhere, table: Table
) -> set[DeclaredRoute]:
    """What an owner is offered, and nobody of the organization more."""
    offered = await (await read_as("owner")).collect(everywhere, table)
    return {route for control in offered if (route := table.find(control))}


@pytest.mark.parametrize("role", [*ROLES, PLATFORM_ADMIN])
async def test_everybody_is_offered_what_they_may_do_and_nothing_else(
    read_as: Callable[[str], Awaitable[Reader]],
    everywhere: Everywhere,
    table: Table,
    owners: set[DeclaredRoute],
    role: str,
) -> None:
    offered = await (await read_as(role)).collect(everywhere, table)
    wrong, found = [], set()
    for control, page in offered.items():
        route = table.find(control)
        if route is None:
            wrong.append(f"{page} offers {control}, which is not there")
        elif refusal(route.audience, role):
            wrong.append(f"{page} offers {control}, which is for {route.audience}")
        found.add(route)
    missing = {route for route in owners - found if not refusal(route.audience, role)}
    tell([*wrong, *(f"{route.path} is offered nowhere" for route in missing)])
    assert len(owners) > MANY


def controls_of(text: str, path: str) -> set[Control]:
    """Those that lead somewhere in the application."""
    parser = Controls(path)
    parser.feed(text)
    return {one for one in parser.found if one.path and not one.path.startswith(STATIC_PATH)}


def test_what_is_disabled_is_not_offered() -> None:
    text = """
      <form method="post" action="/a"><button>Send</button></form>
      <form method="post" action="/b"><button disabled>Send</button></form>
      <form method="post" action="/c"><fieldset disabled><button>Send</button></fieldset></form>
      <form method="post"><button type="button" hx-put="/d">Put</button>
      <button formaction="/e">Send</button></form><a href="f?x=1">Go</a><a href="https://elsewhere.test/g">Go</a>
    """
    assert controls_of(text, "/ui/page") == {
        Control("POST", "/a"),
        Control("PUT", "/d"),
        Control("POST", "/e"),
        Control("GET", "/ui/f"),
    }
