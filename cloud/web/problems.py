"""Errors as pages, for people; programs get problem+json, and so does everyone under the API."""

import structlog
from fastapi import Request, Response

from cloud.kit.errors import Problem
from cloud.kit.problems import problem_response
from cloud.web.framing import Sheet
from cloud.web.gates import SignInFirst
from cloud.web.returning import login_address, redirect

OF_PROGRAMS = ("/v1/", "/api/", "/legacy/", "/ws/")
OUR_FAULT = 500


async def render_problem(request: Request, problem: Problem) -> Response:
    """The answer to a browser that asked for a page."""
    if request.url.path.startswith(OF_PROGRAMS):
        return problem_response(problem)
    if isinstance(problem, SignInFirst) and not _is_script(request):
        return redirect(login_address(problem.wanted))
    sheet = Sheet(request)
    return sheet.draw(
        "errors/show.html",
        sheet.frame_for_stranger(),
        status=problem.status,
        detail=problem.detail if problem.status < OUR_FAULT else "",
        request_id=_request_id() if problem.status >= OUR_FAULT else "",
    )


def _is_script(request: Request) -> bool:
    """Whether htmx asks: it would follow to the log-in page and draw that where a part belongs."""
    return "hx-request" in request.headers


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
