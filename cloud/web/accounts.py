"""Signing up, logging in, logging out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from cloud.accounts.audit import note
from cloud.accounts.cookies import clear_session_cookie, set_session_cookie
from cloud.accounts.resources import TheIdentity
from cloud.accounts.schemas import LoginBody, SignUpBody
from cloud.accounts.sessions import end_session
from cloud.accounts.signing_in import sign_in_browser
from cloud.accounts.signing_up import Newcomer, sign_up_browser
from cloud.kit.access import ANYONE
from cloud.kit.errors import Problem
from cloud.kit.origin import same_origin
from cloud.kit.problems import headers_of
from cloud.web.forms import Errors, TheForm, errors_of
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import ViewerOnPage, Visitor
from cloud.web.notices import Notice
from cloud.web.returning import HOME, path_of_ours

FROM_OUR_PAGES = [ANYONE, Depends(same_origin)]

router = APIRouter()


@router.get("/signup", dependencies=[ANYONE])
async def signup_page(visitor: Visitor, sheet: TheSheet) -> Response:
    return sheet.go(HOME) if visitor else _signup(sheet)


@router.post("/signup", dependencies=FROM_OUR_PAGES)
async def sign_up(
    request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Make the account and sign the browser in."""
    try:
        body = form.read(SignUpBody)
        newcomer = Newcomer(body.email, body.password)
        token = await sign_up_browser(request, sheet.database, sheet.settings, identity, newcomer)
    except Problem as problem:
        return _signup(sheet, form.text("email"), problem)
    response = sheet.go(HOME)
    set_session_cookie(response, token, sheet.settings)
    return response


@router.get("/login", dependencies=[ANYONE])
async def login_page(
    visitor: Visitor, sheet: TheSheet, wanted: Annotated[str, Query(alias="next")] = ""
) -> Response:
    return sheet.go(path_of_ours(wanted)) if visitor else _login(sheet, wanted)


@router.post("/login", dependencies=FROM_OUR_PAGES)
async def log_in(
    request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Sign the browser in and go where it wanted to."""
    try:
        body = form.read(LoginBody)
        token = await sign_in_browser(
            request,
            sheet.database,
            sheet.settings,
            identity,
            email=body.email,
            password=body.password,
        )
    except Problem as problem:
        return _login(sheet, form.text("next"), form.text("email"), problem)
    response = sheet.go(path_of_ours(form.text("next")))
    set_session_cookie(response, token, sheet.settings)
    return response


@router.post("/logout")
async def log_out(who: ViewerOnPage, sheet: TheSheet) -> Response:
    """End this browser's session."""
    async with sheet.database.work_for(who.organization_id) as work:
        await end_session(work, who.session_id)
        note(work, who, "session.ended", everywhere=False)
    response = sheet.go("/login", Notice.LOGGED_OUT)
    clear_session_cookie(response, sheet.settings)
    return response


def _signup(sheet: Sheet, email: str = "", problem: Problem | None = None) -> Response:
    return _form(sheet, "accounts/signup.html", problem, email=email, invitation="")


def _login(sheet: Sheet, wanted: str, email: str = "", problem: Problem | None = None) -> Response:
    return _form(
        sheet, "accounts/login.html", problem, email=email, next=path_of_ours(wanted, otherwise="")
    )


def _form(sheet: Sheet, template: str, problem: Problem | None, **values: object) -> Response:
    errors: Errors = errors_of(problem) if problem else {}
    response = sheet.draw(
        template,
        sheet.frame_for_stranger(),
        status=problem.status if problem else 200,
        errors=errors,
        **values,
    )
    response.headers.update(headers_of(problem) if problem else {})
    return response
