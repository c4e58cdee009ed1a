"""Default deny: every route declares who may call it, by exactly one gate; without one, no start.

A gate is a dependency that lets a caller in or raises 401 or 403. A route declares it where it
uses it (`who: Member`), or, where anyone may call, by `dependencies=[ANYONE]`. `roll_call` lists
all routes with their audiences; the application calls it at start, and the tests of tenancy and
roles are generated from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts


class Audience(StrEnum):
    """Who may call a route. The four roles of an organization stand in rising order."""

    ANYONE = "anyone"
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"
    PLATFORM_ADMIN = "platform_admin"
    DEVICE = "device"
    VIEWER_OR_DEVICE = "viewer_or_device"
    MEMBER_OR_DEVICE = "member_or_device"
    METRICS = "metrics"


@runtime_checkable
class Gate(Protocol):
    """A dependency that decides who may call."""

    audience: Audience


class _Anyone:
    audience = Audience.ANYONE

    async def __call__(self, request: Request) -> None:
        """Let everyone in."""


ANYONE = Depends(_Anyone())


class UndeclaredRoute(Exception):
    """A route has no gate, or more than one: the process must not start."""


@dataclass(frozen=True)
class DeclaredRoute:
    path: str
    methods: frozenset[str]
    audience: Audience


def roll_call(app: FastAPI, *, public_mounts: frozenset[str] = frozenset()) -> list[DeclaredRoute]:
    """Every route with its audience. Raises UndeclaredRoute for one without exactly one gate."""
    return [
        _declared(route)
        for route in iter_route_contexts(app.routes)
        if getattr(route, "path", None) not in public_mounts
    ]


def _declared(route: RouteContext) -> DeclaredRoute:
    path = getattr(route, "path", repr(route))
    dependant = getattr(route, "dependant", None)
    if dependant is None:
        raise UndeclaredRoute(f"{path} does not say who may call it")
    methods = getattr(route, "methods", None) or {"WS"}
    return DeclaredRoute(path, frozenset(methods), _audience(dependant, path))


def _audience(dependant: Dependant, path: str) -> Audience:
    gates = {id(gate): gate for gate in _gates(dependant)}
    if len(gates) != 1:
        raise UndeclaredRoute(f"{path} has {len(gates)} gates, but must have exactly one")
    return next(iter(gates.values())).audience


def _gates(dependant: Dependant) -> Iterator[Gate]:
    for dependency in dependant.dependencies:
        call: object = dependency.call
        if isinstance(call, Gate):
            yield call
        yield from _gates(dependency)
