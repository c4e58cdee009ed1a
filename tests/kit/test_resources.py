"""What is handed down to routes must not cost them a thread."""

from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts


async def test_no_dependency_of_a_route_takes_a_thread(app: FastAPI) -> None:
    found = [
        call
        for route in iter_route_contexts(app.routes)
        if (dependant := getattr(route, "dependant", None)) is not None
        for call in calls_of(dependant)
    ]
    assert found
    assert {call for call in found if not is_awaited(call)} == set()


def calls_of(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from calls_of(dependency)


def is_awaited(call: Any) -> bool:
    return iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__)
