"""What a page offers its reader, the server lets them do: every form, button and link, by role."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

from cloud.accounts.models import Role
from cloud.kit.access import DeclaredRoute
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_user
from tests.walking import ROLES, refusal
from tests.web.controls import Control, controls_of
from tests.web.everywhere import Everywhere, make_everywhere
from tests.web.looking import tell
from tests.web.visitors import browsing, session_of

PLATFORM_ADMIN = "platform admin"
MANY = 60
"""An owner of an organization with everything in it is offered more routes than this."""


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
