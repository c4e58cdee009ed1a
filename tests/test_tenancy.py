"""No organization ever hears of another: every route is asked with the other's real ids.

Generated from the route table, so that a new route cannot be forgotten.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from cloud.kit.access import Audience, DeclaredRoute
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.tables import METADATA, WITHOUT_CONTENT, tenant_column
from tests.factories import make_organization
from tests.full_organization import FullOrganization, make_full_organization, missing_ids
from tests.walking import PATH_IDS, Answer, Call, Caller, Walk, make_callers, refusal

pytestmark = pytest.mark.walk

MAY_TELL_A_UNIT_APART = frozenset({"/v1/devices/validate", "/v1/devices/activate"})
"""Contracted: these two say 409 for a unit that is somebody's."""


@dataclass(frozen=True)
class Neighbours:
    """The organization that is to be spied upon, its spies, and what must not be heard."""

    theirs: FullOrganization
    ours: FullOrganization
    callers: dict[str, Caller]
    canary: str

    def leaks(self, call: Call, answer: Answer) -> list[str]:
        """What an answer tells of the other organization that the caller had not said itself."""
        told = {self.canary, str(self.theirs.organization_id), *asdict(self.theirs.ids).values()}
        told -= call.placed | {self.theirs.ids.version, self.theirs.ids.help_page}
        return sorted(each for each in told if each.encode() in answer.said())


@pytest.fixture(scope="module")
async def neighbours(app: FastAPI, database: Database, settings: Settings) -> Neighbours:
    canary = f"canary{uuid4().hex[:12]}"
    theirs = await make_full_organization(database, app.state.store, canary=canary)
    ours = await make_full_organization(database, app.state.store, canary=f"own{uuid4().hex[:12]}")
    callers = await make_callers(database, settings, ours.organization_id)
    return Neighbours(theirs, ours, callers, canary)


@pytest.fixture
def walk(app: FastAPI, client: httpx2.AsyncClient) -> Walk:
    return Walk(app, client)


def calls_of(walk: Walk) -> Iterator[tuple[DeclaredRoute, str]]:
    for route in walk.routes:
        for method in sorted(route.methods - {"HEAD", "OPTIONS", "WS"}):
            yield route, method


async def test_ids_of_another_organization_are_answered_like_missing_ones(
    walk: Walk, neighbours: Neighbours, database_url: URL
) -> None:
    before = read_rows(database_url, neighbours.theirs)
    wrong = []
    for route, method in calls_of(walk):
        if not walk.path_names(route):
            continue
        for caller in neighbours.callers.values():
            differences = compare(walk, route, method, caller, neighbours)
            wrong += [
                f"{method} {route.path} as {caller.name}: {each}" async for each in differences
            ]
    assert not wrong
    assert read_rows(database_url, neighbours.theirs) == before


async def compare(
    walk: Walk, route: DeclaredRoute, method: str, caller: Caller, neighbours: Neighbours
) -> AsyncIterator[str]:
    """What differs between another organization's ids and ids of nothing, in each place."""
    refused = refusal(route.audience, caller.name)
    if route.audience is Audience.PLATFORM_ADMIN and refused is None:
        return
    theirs, ours, nothing = neighbours.theirs.ids, neighbours.ours.ids, missing_ids()
    for only in places_of_ids(walk.path_names(route)):
        call = walk.call(route, method, theirs, own=ours, only=only)
        foreign = await walk.send(call, caller)
        missing_call = walk.call(route, method, nothing, own=ours, only=only)
        missing = await walk.send(missing_call, caller)
        if foreign.status != (refused or 404):
            yield f"answers {foreign.status} {foreign.content[:200]!r}"
        if foreign.normal(call) != missing.normal(missing_call):
            yield f"foreign {foreign.normal(call)}, missing {missing.normal(missing_call)}"
        if leaks := neighbours.leaks(call, foreign):
            yield f"tells {leaks}"


def places_of_ids(names: list[str]) -> list[str]:
    """Where another organization's id may stand; empty for everywhere at once.

    The token of a share link is no id but a leave, for other organizations too: what must not be
    reached is what stands beside it. The pages of the guide are everybody's.
    """
    ids = [name for name in names if name not in {"version", "token", "help_page"}]
    if "token" in names or "help_page" in names:
        return ids
    return ["", *ids] if len(ids) > 1 else [""]


async def test_no_answer_holds_anything_of_another_organization(
    walk: Walk, neighbours: Neighbours, database: Database, settings: Settings, database_url: URL
) -> None:
    before = read_rows(database_url, neighbours.theirs)
    writers = await make_callers(database, settings, await make_organization(database))
    wrong = []
    for route, method in calls_of(walk):
        if walk.path_names(route):
            continue
        changed = False
        for caller in (neighbours.callers if method == "GET" else writers).values():
            if route.audience is Audience.PLATFORM_ADMIN and caller.name == "platform admin":
                continue
            call = walk.call(route, method, neighbours.theirs.ids)
            answer = await walk.send(call, caller)
            changed |= answer.has_changed(method)
            if leaks := neighbours.leaks(call, answer):
                wrong.append(f"{method} {route.path} as {caller.name}: tells {leaks}")
            if answer.status >= 500:
                wrong.append(f"{method} {route.path} as {caller.name}: {answer.content[:200]!r}")
        if changed:  # it may have ended somebody's sign-in, or all of the organization
            writers = await make_callers(database, settings, await make_organization(database))
    assert not wrong
    assert read_rows(database_url, neighbours.theirs) == before


async def test_a_foreign_id_in_a_query_is_answered_like_a_missing_one(
    walk: Walk, neighbours: Neighbours
) -> None:
    wrong = []
    for route, method in calls_of(walk):
        if walk.path_names(route) or not walk.query_names(route, method):
            continue
        foreign_call = walk.call(route, method, neighbours.theirs.ids)
        missing_call = walk.call(route, method, missing_ids())
        for caller in neighbours.callers.values():
            foreign = (await walk.send(foreign_call, caller)).normal(foreign_call)
            missing = (await walk.send(missing_call, caller)).normal(missing_call)
            if foreign != missing:
                wrong.append(f"{method} {route.path} as {caller.name}: {foreign} but {missing}")
    assert not wrong


async def test_the_organization_itself_reads_everything_by_the_same_ids(
    walk: Walk, neighbours: Neighbours
) -> None:
    """Else the walk would prove nothing: its ids would be missing ones."""
    caller = Caller("owner", neighbours.theirs.owner.headers)
    wrong = []
    for route, method in calls_of(walk):
        readable = method == "GET" and refusal(route.audience, "owner") is None
        if not (readable and walk.path_names(route)):
            continue
        answer = await walk.send(walk.call(route, method, neighbours.theirs.ids), caller)
        if answer.status != 200:
            wrong.append(f"{route.path}: {answer.status} {answer.content[:200]!r}")
    assert not wrong


async def test_an_id_that_the_walk_does_not_know_stops_it(walk: Walk) -> None:
    route = DeclaredRoute("/v1/things/{thing_id}", frozenset({"GET"}), Audience.VIEWER)
    assert "thing_id" not in PATH_IDS
    with pytest.raises(AssertionError, match="add it to the id table"):
        walk.call(route, "GET", missing_ids())


def read_rows(database_url: URL, organization: FullOrganization) -> dict[str, str]:
    """A fingerprint of all rows of an organization, table by table, read as the owner."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        found = {
            name: connection.scalar(
                text(
                    f"SELECT md5(string_agg(row::text, ',' ORDER BY row::text)) FROM {name} row"  # noqa: S608  # our own names
                    f" WHERE {tenant_column(name)} = :organization_id"
                ),
                {"organization_id": organization.organization_id},
            )
            for name in sorted(METADATA.tables.keys() - WITHOUT_CONTENT)
        }
    engine.dispose()
    return found
