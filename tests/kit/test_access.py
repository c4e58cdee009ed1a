from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request

from cloud.kit.access import ANYONE, Audience, DeclaredRoute, UndeclaredRoute, roll_call


class Gate:
    def __init__(self, audience: Audience) -> None:
        self.audience = audience

    async def __call__(self, request: Request) -> str:
        return str(request.url)


MEMBER = Gate(Audience.MEMBER)
Member = Annotated[str, Depends(MEMBER)]


async def plain() -> None:
    """A route without a gate."""


async def gated(who: Member) -> None:
    """A route with one."""


async def through_another(who: Annotated[None, Depends(gated)]) -> None:
    """A route whose gate stands in what it depends on."""


async def twice(who: Member, also: Annotated[str, Depends(Gate(Audience.OWNER))]) -> None:
    """A route with two gates."""


def app_with(endpoint: object, **options: object) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.add_api_route("/things", endpoint, **options)  # type: ignore[arg-type]  # as each test says
    return app


def test_a_route_that_says_nothing_of_its_callers_stops_the_start() -> None:
    with pytest.raises(UndeclaredRoute, match="/things has 0 gates"):
        roll_call(app_with(plain))


def test_a_route_with_two_gates_stops_the_start() -> None:
    with pytest.raises(UndeclaredRoute, match="/things has 2 gates"):
        roll_call(app_with(twice))


def test_a_mounted_application_stops_the_start_unless_it_is_named() -> None:
    app = app_with(gated)
    app.mount("/files", FastAPI(openapi_url=None))
    with pytest.raises(UndeclaredRoute, match="/files"):
        roll_call(app)
    assert len(roll_call(app, public_mounts=frozenset({"/files"}))) == 1


@pytest.mark.parametrize("endpoint", [gated, through_another])
def test_a_gate_is_found_wherever_it_stands(endpoint: object) -> None:
    declared = DeclaredRoute("/things", frozenset({"GET"}), Audience.MEMBER)
    assert roll_call(app_with(endpoint)) == [declared]


def test_a_route_for_anyone_says_so_too() -> None:
    (declared,) = roll_call(app_with(plain, dependencies=[ANYONE], methods=["POST"]))
    assert (declared.audience, declared.methods) == (Audience.ANYONE, frozenset({"POST"}))


def test_a_web_socket_is_called_too() -> None:
    app = FastAPI(openapi_url=None)
    app.add_api_websocket_route("/ws", plain)
    with pytest.raises(UndeclaredRoute, match="/ws"):
        roll_call(app)
