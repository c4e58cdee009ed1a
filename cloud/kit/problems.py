"""The one place where an error becomes an answer: RFC 9457 problem+json, or a page for people."""

import errno
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from re import Pattern
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from cloud.kit import errors
from cloud.kit.accepting import wants_page
from cloud.kit.errors import FieldError, Malformed, Problem
from cloud.kit.intake import RefusedIntake

PAGE_RENDERER = Callable[[Request, Problem], Awaitable[Response]]

BY_STATUS: Mapping[int, tuple[type[Problem], str, str]] = {
    404: (errors.NotFound, "not_found", "There is nothing at this address."),
}


class ServerFault(Problem):
    status = 500


class MethodNotAllowed(Problem):
    status = 405
    title = "Method not allowed"


def install_problems(app: FastAPI, render_page: PAGE_RENDERER | None = None) -> None:
    """Answer every error of the app as a problem; to browsers asking for a page, as a page."""

    async def answer(request: Request, problem: Problem) -> Response:
        if render_page and wants_page(request.headers.get("accept", "")):
            response = await render_page(request, problem)
        else:
            response = problem_response(problem)
        for name, value in headers_of(problem).items():
            response.headers[name] = value
        return response

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> Response:
        return await answer(request, problem)

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> Response:
        return await answer(request, malformed(error.errors()))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return await answer(request, _of_status(request, error))

    @app.exception_handler(Exception)
    async def _fault(request: Request, _error: Exception) -> Response:
        # The server that runs the application logs the error, which goes on to it.
        return await answer(
            request,
            ServerFault("internal_error", "Something went wrong here. It has been noted."),
        )


def problem_response(problem: Problem) -> Response:
    document: dict[str, Any] = {
        **problem.figures,
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.errors:
        document["errors"] = [{"field": e.field, "message": e.message} for e in problem.errors]
    return Response(orjson.dumps(document), problem.status, media_type="application/problem+json")


def headers_of(problem: Problem) -> dict[str, str]:
    """The problem's headers; `Retry-After` is spread by up to half: not all must come at once."""
    headers = dict(problem.headers)
    if problem.retry_after is not None:
        spread = problem.retry_after * random.uniform(1, 1.5)  # noqa: S311  # no secret
        headers["Retry-After"] = str(max(1, round(spread)))
    if problem.status == errors.Unauthenticated.status:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return headers


def malformed(found: Sequence[Any]) -> Malformed:
    """FastAPI's list of validation errors as one problem that names each field."""
    fields = tuple(FieldError(field=_field_name(one), message=_message(one)) for one in found)
    named = ", ".join(f"{f.field}: {f.message}" for f in fields[:3])
    return Malformed(
        "request_malformed", f"The request cannot be understood ({named}).", errors=fields
    )


def _field_name(one: Mapping[str, Any]) -> str:
    if one["type"] == "json_invalid":  # its location is a place in the text
        return "body"
    location: Sequence[str | int] = one["loc"]
    parts = [str(part) for part in location if part not in {"body", "query", "path", "header"}]
    return ".".join(parts) or str(location[0])


def _message(one: Mapping[str, Any]) -> str:
    return str(one["msg"]).removeprefix("Value error, ")


def _of_status(request: Request, error: HTTPException) -> Problem:
    if isinstance(error, RefusedIntake):
        return error.problem
    if isinstance(error.__cause__, OSError):
        return _of_disk(error.__cause__)
    if error.status_code == MethodNotAllowed.status:
        return MethodNotAllowed(
            "method_not_allowed",
            "This address does not take that method.",
            headers={"Allow": ", ".join(sorted(_methods_at(request)))},
        )
    kind, code, detail = BY_STATUS.get(
        error.status_code, (Malformed, "request_malformed", str(error.detail))
    )
    return kind(code, detail)


def _methods_at(request: Request) -> set[str]:
    """What this address takes. The framework names the methods of the first of its routes only."""
    path = request.url.path
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = _pattern(getattr(route, "path", ""))
        methods |= set(getattr(route, "methods", None) or ()) if pattern.match(path) else set()
    return methods | {"HEAD"} if "GET" in methods else methods


@cache
def _pattern(path: str) -> Pattern[str]:
    return compile_path(path)[0]


def _of_disk(error: OSError) -> Problem:
    """Large forms wait on our disk, and the framework calls its failures the caller's.

    A camera throws away what it is told is malformed.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return errors.StorageFull(
            "storage_full", "There is no room for what was sent.", retry_after=60
        )
    return errors.Unavailable(
        "storage_unavailable", "What was sent could not be kept. Try again.", retry_after=10
    )
