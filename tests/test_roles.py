"""Who may call what: every route is called by everybody, and lets in whom it says it lets in.

Generated from the route table, so that a new route cannot be forgotten.
"""

from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from cloud.kit.access import Audience, DeclaredRoute
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_organization
from tests.full_organization import missing_ids
from tests.walking import Answer, Caller, Walk, make_callers, refusal

pytestmark = pytest.mark.walk


async def test_every_route_lets_in_whom_it_declares_and_nobody_else(
    app: FastAPI, client: httpx2.AsyncClient, database: Database, settings: Settings
) -> None:
    walk = Walk(app, client)
    callers = await make_callers(database, settings, await make_organization(database))
    wrong = []
    for route in walk.routes:
        if route.audience is Audience.ANYONE:
            continue
        changed = False
        for method in sorted(route.methods - {"WS"}):
            for caller in callers.values():
                answer = await call(walk, route, method, caller)
                changed |= answer.has_changed(method)
                expected = refusal(route.audience, caller.name)
                refused = answer.status if answer.status in {401, 403} else None
                if refused != expected:
                    wrong.append(f"{method} {route.path} as {caller.name}: {answer.status}")
        if changed:  # it may have ended somebody's sign-in
            callers = await make_callers(database, settings, await make_organization(database))
    assert not wrong


async def call(walk: Walk, route: DeclaredRoute, method: str, caller: Caller) -> Answer:
    return await walk.send(walk.call(route, method, missing_ids()), caller)


async def test_a_credential_that_is_nobodys_is_refused_everywhere(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    walk = Walk(app, client)
    wrong = []
    for route in walk.routes:
        if route.audience is Audience.ANYONE:
            continue
        for prefix in ("vdk_", "vst_"):
            caller = Caller(prefix, {"Authorization": f"Bearer {prefix}{uuid4().hex}"})
            for method in sorted(route.methods - {"WS"}):
                answer = await call(walk, route, method, caller)
                if answer.status != 401:
                    wrong.append(f"{method} {route.path} with {prefix}…: {answer.status}")
    assert not wrong
