"""Errors as pages, for people; programs get problem+json, and so does everyone under the API."""

import structlog
from fastapi import Request, Response

from cloud.accounts.access import find_person
from cloud.accounts.cookies import cookie_name
from cloud.kit.addresses import client_address
from cloud.kit.errors import Problem, Unauthenticated
from cloud.kit.problems import problem_response
from cloud.web.framing import Sheet
from cloud.web.gates import SignInFirst
from cloud.web.rendering import Frame
from cloud.web.returning import login_address, page_before, redirect

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
        await _frame(sheet, problem),
        status=problem.status,
        page_before=await page_before(request),
        detail=problem.detail if problem.status < OUR_FAULT else "",
        request_id=_request_id() if problem.status >= OUR_FAULT else "",
    )


async def _frame(sheet: Sheet, problem: Problem) -> Frame:
    """Whoever is signed in keeps the way around, unless the fault is ours: it may be anywhere."""
    request = sheet.request
    token = request.cookies.get(cookie_name(sheet.settings))
    if token is None or problem.status >= OUR_FAULT or _is_script(request):
        return sheet.frame_for_stranger()
    address = client_address(request, sheet.settings.trusted_proxies)
    try:
        who = await find_person(sheet.database, sheet.settings, token, address)
    except Unauthenticated:
        return sheet.frame_for_stranger()
    async with sheet.database.work_for(who.organization_id) as work:
        return await sheet.frame(work, who)


def _is_script(request: Request) -> bool:
    """Whether htmx asks: it would follow to the log-in page and draw that where a part belongs."""
    return "hx-request" in request.headers


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
