"""Calling any route of the application: its path, query and body filled in from what it declares.

A route that is new is called like every other one. Where it names an id that is not known here, the
walk stops with a sentence that says what to add.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from http import HTTPStatus
from ipaddress import IPv6Address
from secrets import randbits
from typing import Any
from uuid import UUID, uuid4

import httpx2
from fastapi import FastAPI

from cloud.accounts.models import Role
from cloud.accounts.platform_admins import keep_platform_admin
from cloud.kit.access import Audience, DeclaredRoute
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.captures.pictures import draw, encode
from tests.factories import make_device, make_user
from tests.full_organization import Ids

PATH_IDS: Mapping[str, str] = {field.name: field.name for field in fields(Ids)}
QUERY_IDS: Mapping[str, str] = {"device_id": "device_id"}
BODY_IDS: Mapping[str, str] = {
    "device_id": "device_id",
    "record_ids": "record_id",
    "record_id": "record_id",
    "capture_record_id": "record_id",
    "activation_code": "code",
    "code": "code",
}
OF_ALL = "/dev/"
"""The development mailbox keeps everybody's mails, and production has none."""

NOT_TENANT_QUERIES = frozenset({"batch_id"})

FILES = {
    "image": ("picture.jpg", encode(draw()), "image/jpeg"),
    "files": ("normal.md", b"The bench is clear.", "text/markdown"),
}


@dataclass(frozen=True)
class Caller:
    """Who calls: a name to read, and the headers that say it."""

    name: str
    headers: Mapping[str, str]


ROLES = ("viewer", "member", "admin", "owner")


async def make_callers(
    database: Database, settings: Settings, organization_id: UUID
) -> dict[str, Caller]:
    """One of everybody that can call from an organization, and a stranger."""
    people = {name: await make_user(database, organization_id, role=Role(name)) for name in ROLES}
    email = f"{uuid4().hex}@platform.test"
    keep_platform_admin(settings.data_directory, email)
    people["platform admin"] = await make_user(database, organization_id, email=email)
    device = await make_device(database, organization_id)
    headers = {name: someone.headers for name, someone in people.items()}
    headers |= {"device": device.headers, "anonymous": {}}
    return {name: Caller(name, sent) for name, sent in headers.items()}


def refusal(audience: Audience, caller: str) -> int | None:
    """The status with which the gate of an audience refuses a caller; None where it opens."""
    if audience is Audience.ANYONE:
        return None
    if caller == "device":
        return None if audience is Audience.DEVICE or audience.endswith("_or_device") else 401
    if caller == "anonymous" or audience is Audience.DEVICE:
        return 401
    return None if _may(audience, caller) else 403


def _may(audience: Audience, person: str) -> bool:
    if audience in {Audience.PLATFORM_ADMIN, Audience.METRICS}:
        return person == "platform admin"
    needed = audience.removesuffix("_or_device")
    role = "owner" if person == "platform admin" else person
    return ROLES.index(role) >= ROLES.index(needed)


@dataclass(frozen=True)
class Call:
    """One request to a route, ready to be sent."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    placed: frozenset[str]
    """The ids that stand somewhere in it."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def has_changed(self, method: str) -> bool:
        """Whether the call may have changed something."""
        return method != "GET" and self.status < HTTPStatus.BAD_REQUEST

    def said(self) -> bytes:
        """Everything in it that a caller could read."""
        return repr(dict(self.headers)).encode() + self.content

    def normal(self, call: Call) -> tuple[int, frozenset[str], bytes]:
        """What must not differ: without the ids that the caller sent, and without the time."""
        content = self.content
        for placed in sorted(call.placed, key=len, reverse=True):
            content = content.replace(placed.encode(), b"(id)")
        names = frozenset(self.headers) - {"retry-after", "content-length"}
        return self.status, names, content


class Walk:
    """Makes calls from the application's route table and its API document."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient) -> None:
        self._document = app.openapi()
        self._client = client
        routes: list[DeclaredRoute] = app.state.routes
        self.routes = [route for route in routes if not route.path.startswith(OF_ALL)]

    def path_names(self, route: DeclaredRoute) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", route.path)

    def query_names(self, route: DeclaredRoute, method: str) -> list[str]:
        """The places for an id in the route's query."""
        names = [
            each["name"]
            for each in self._operation(route, method).get("parameters", [])
            if each["in"] == "query"
        ]
        for name in names:
            if name.endswith(("_id", "_ids")) and name not in QUERY_IDS.keys() | NOT_TENANT_QUERIES:
                raise AssertionError(
                    f"{route.path} takes the query {name!r}: add it to QUERY_IDS in {__name__}"
                )
        return [name for name in names if name in QUERY_IDS]

    def call(
        self, route: DeclaredRoute, method: str, ids: Ids, *, own: Ids | None = None, only: str = ""
    ) -> Call:
        """The route's call with these ids everywhere; or with `own` but for one, named `only`."""
        own = own or ids
        placed: set[str] = set()

        def value(name: str, table: Mapping[str, str], kind: str) -> str:
            if name not in table:
                raise AssertionError(
                    f"{route.path} has the {kind} {name!r}: add it to the id table in {__name__}"
                )
            chosen: str = getattr(ids if only in {"", name} else own, table[name])
            placed.add(chosen)
            return chosen

        path = re.sub(
            r"{(\w+)(?::\w+)?}", lambda found: value(found[1], PATH_IDS, "path id"), route.path
        )
        query = {
            name: value(name, QUERY_IDS, "query id") for name in self.query_names(route, method)
        }
        body = self._body(route, method)
        for media, example in body.items():
            body[media] = {
                name: _like(given, value(name, BODY_IDS, "body id")) if name in BODY_IDS else given
                for name, given in example.items()
            }
        return Call(method, path, query, body, frozenset(placed))

    async def send(self, call: Call, caller: Caller) -> Answer:
        """Send it from an address of its own, so that no limit by address is met."""
        here = {"X-Forwarded-For": str(IPv6Address(randbits(128)))}
        async with self._client.stream(
            call.method,
            call.path,
            params=call.query,
            headers={**here, **caller.headers},
            follow_redirects=False,
            **content_of_body(call.body),
        ) as response:
            return Answer(response.status_code, response.headers, await _read(response))

    def _operation(self, route: DeclaredRoute, method: str) -> dict[str, Any]:
        path = re.sub(r":\w+}", "}", route.path)
        found: dict[str, Any] = self._document["paths"].get(path, {}).get(method.lower(), {})
        return found

    def _body(self, route: DeclaredRoute, method: str) -> dict[str, Any]:
        content = self._operation(route, method).get("requestBody", {}).get("content", {})
        return {media: self._example(route, each["schema"]) for media, each in content.items()}

    def _example(self, route: DeclaredRoute, schema: dict[str, Any]) -> dict[str, Any]:
        if "anyOf" in schema:
            schema = schema["anyOf"][0]
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if not schema.get("examples"):
            raise AssertionError(f"the body of {route.path} has no example: give its model one")
        example: dict[str, Any] = schema["examples"][0]
        return example


def _like(given: Any, chosen: str) -> Any:
    return [chosen] if isinstance(given, list) else chosen


def content_of_body(body: Mapping[str, Any]) -> dict[str, Any]:
    for media, example in body.items():
        if media == "application/json":
            return {"json": example}
        texts = {name: str(value) for name, value in example.items() if name not in FILES}
        if media == "multipart/form-data":
            return {"data": texts, "files": {n: FILES[n] for n in FILES.keys() & example.keys()}}
        return {"data": texts}
    return {}


async def _read(response: httpx2.Response) -> bytes:
    """The whole content; of a stream, what it says first: how it is connected."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        return await response.aread()
    heard = b""
    async for piece in response.aiter_bytes():
        heard += piece
        if b"event: connected" in heard and heard.endswith(b"\n\n"):
            break
    return heard
