"""Every page that the application has, from its own route table: a new page cannot be forgotten."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloud.kit.access import Audience, DeclaredRoute

OF_PROGRAMS = re.compile(r"/(v1|api|ws|legacy|health|ready|metrics|openapi\.json)\b")


@dataclass(frozen=True)
class SomePage:
    """A page at an address with ids in it; `name` is good for a file."""

    name: str
    path: str
    audience: Audience


def list_pages(routes: Iterable[DeclaredRoute], ids: Mapping[str, str]) -> list[SomePage]:
    """All that a browser may be sent to, parts of pages and pictures among them.

    `ids` has what stands for each name in an address. Raises UnknownId for one that it lacks.
    """
    return [
        SomePage(name_page(route.path), fill_in(route.path, ids), route.audience)
        for route in routes
        if "GET" in route.methods and not OF_PROGRAMS.match(route.path)
    ]


class UnknownId(LookupError):
    """A page has an id in its address of which nobody said what stands for it."""


def name_page(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-") or "product"


def fill_in(path: str, ids: Mapping[str, str]) -> str:
    """A route's path with these ids. Raises UnknownId."""

    def choose(found: re.Match[str]) -> str:
        if found[1] not in ids:
            raise UnknownId(f"{path} has the id {found[1]!r}: say what stands for it")
        return ids[found[1]]

    return re.sub(r"{(\w+)(?::\w+)?}", choose, path)
