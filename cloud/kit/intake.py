"""What of a request is taken in, how much, and how long it may take.

The server alone would take a body of any size, and wait for a dripping one for ever; the framework
would read a form by whatever codec its sender names, of which one takes seconds for 200 kB. The
bound on bodies is a plain ASGI wrapper, the look at addresses a dependency of all routes.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloud.kit.errors import (
    FieldError,
    Malformed,
    NotFound,
    Problem,
    TooLarge,
    UnsupportedMedia,
)

WHOLE_BODY_SECONDS = 60.0
ONE_PIECE_SECONDS = 10.0

FORMS = frozenset({b"multipart/form-data", b"application/x-www-form-urlencoded"})


@dataclass(frozen=True)
class BodyBound:
    """The most bytes that a body may have, and the code of the refusal."""

    most_bytes: int
    code: str = "body_too_large"


class RequestTimeout(Problem):
    status = 408
    title = "Too slow"


class UnsupportedCharset(UnsupportedMedia):
    title = "Not a supported charset"


class RefusedIntake(HTTPException):
    """Carries a problem through the framework's reading of bodies, which lets only this through."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


class BoundedIntake:
    """Refuses bodies over their path's bound, those that come too slowly, and foreign charsets."""

    def __init__(self, app: ASGIApp, *, bound: BodyBound, paths: Mapping[str, BodyBound]) -> None:
        self._app = app
        self._bound = bound
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bound = self._paths.get(scope["path"], self._bound)
        await self._app(scope, _bounded(scope, receive, bound), send)


def install_intake(app: FastAPI, bound: BodyBound, paths: Mapping[str, BodyBound]) -> None:
    app.add_middleware(BoundedIntake, bound=bound, paths=paths)


async def refuse_nul(request: HTTPConnection) -> None:
    """Let no NUL character in by path or query: PostgreSQL keeps it in no text.

    A socket has no answer to refuse with: its own gate looks at what it takes.

    Raises Malformed, and NotFound, as no path that there is holds one.
    """
    if request.scope["type"] != "http":
        return
    if "\0" in request.scope["path"]:
        raise NotFound("not_found", "There is nothing at this address.")
    for name, value in request.query_params.multi_items():
        if "\0" in name or "\0" in value:
            raise Malformed(
                "request_malformed",
                "The request cannot be understood (a NUL character in the query).",
                errors=(FieldError(name.replace("\0", ""), UNSTORABLE),),
            )


UNSTORABLE = "holds a character that cannot be stored"


def _bounded(scope: Scope, receive: Receive, bound: BodyBound) -> Callable[[], Any]:
    headers = Headers(scope=scope)
    announced = _announced_length(headers)
    is_readable = _is_in_utf_8(headers)
    clock = asyncio.get_running_loop()
    ends_at = clock.time() + WHOLE_BODY_SECONDS
    taken = 0
    complete = False

    async def bounded() -> Message:
        nonlocal taken, complete
        if complete:
            return await receive()
        if announced > bound.most_bytes:
            raise _too_large(bound)
        if not is_readable:
            raise RefusedIntake(
                UnsupportedCharset("charset_unsupported", "Send the form as UTF-8.")
            )
        try:
            patience = min(ONE_PIECE_SECONDS, ends_at - clock.time())
            async with asyncio.timeout(max(0, patience)):
                message = await receive()
        except TimeoutError:
            raise RefusedIntake(
                RequestTimeout("request_too_slow", "The request came too slowly.")
            ) from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > bound.most_bytes:
                raise _too_large(bound)
        return message

    return bounded


def _announced_length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdecimal() else 0


def _is_in_utf_8(headers: Headers) -> bool:
    """Whether what is sent is no form, or one whose texts are UTF-8.

    The header is taken apart by what the framework's parser of forms uses: the two must not differ.
    """
    content_type = headers.get("content-type", "")
    if "charset" not in content_type.lower():
        return True
    kind, parameters = parse_options_header(content_type)
    return kind not in FORMS or parameters.get(b"charset", b"utf-8").lower() == b"utf-8"


def _too_large(bound: BodyBound) -> RefusedIntake:
    return RefusedIntake(
        TooLarge(bound.code, f"The request is larger than the {bound.most_bytes} bytes taken here.")
    )
