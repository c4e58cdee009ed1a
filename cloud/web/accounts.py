"""Signing up, logging in, logging out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from cloud.accounts.cookies import clear_session_cookie, set_session_cookie
from cloud.accounts.invitations import Invited, find_invited
from cloud.accounts.profile import sign_out
from cloud.accounts.resources import TheIdentity
from cloud.accounts.schemas import LoginBody, SignUpBody
from cloud.accounts.signing_in import sign_in_browser
from cloud.accounts.signing_up import Newcomer, sign_up_browser
from cloud.kit.access import ANYONE
from cloud.kit.errors import Problem
from cloud.kit.origin import same_origin
from cloud.kit.time_zones import time_zone_names
from cloud.web.forms import Form, TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import ViewerOnPage, Visitor
from cloud.web.notices import Notice
from cloud.web.returning import FRONT_DOOR, HOME, path_of_ours

FROM_OUR_PAGES = [ANYONE, Depends(same_origin)]

LONGEST_TOKEN = 200
TokenInLink = Annotated[str, Query(max_length=LONGEST_TOKEN)]
"""The token of a mailed link."""

router = APIRouter()


@router.get("/signup", dependencies=[ANYONE])
async def signup_page(visitor: Visitor, sheet: TheSheet, invitation: TokenInLink = "") -> Response:
    """Sign up; by an invitation's link the page says who asks whom to what."""
    if visitor:
        return sheet.go(HOME, Notice.SIGNED_IN_ALREADY if invitation else None)
    invited = await find_invited(sheet.database, invitation) if invitation else None
    return _signup(sheet, invitation=invitation, invited=invited)


@router.post("/signup", dependencies=FROM_OUR_PAGES)
async def sign_up(
    request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Make the account and sign the browser in."""
    try:
        body = form.read(SignUpBody)
        newcomer = Newcomer(
            body.email, body.password, invitation=body.invitation, time_zone=_zone_in(form)
        )
        token = await sign_up_browser(request, sheet.database, sheet.settings, identity, newcomer)
    except Problem as problem:
        return await _signup_again(sheet, form, problem)
    is_asked_to_confirm = not body.invitation
    response = sheet.go(FRONT_DOOR, Notice.SIGNED_UP if is_asked_to_confirm else None)
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
    response = sheet.go(path_of_ours(form.text("next"), otherwise=FRONT_DOOR))
    set_session_cookie(response, token, sheet.settings)
    return response


@router.post("/logout")
async def log_out(who: ViewerOnPage, sheet: TheSheet) -> Response:
    """End this browser's session."""
    async with sheet.database.work_for(who.organization_id) as work:
        await sign_out(work, who, everywhere=False)
    response = sheet.go("/login", Notice.LOGGED_OUT)
    clear_session_cookie(response, sheet.settings)
    return response


def _zone_in(form: Form) -> str | None:
    """That of the browser, as its script has filled it in; none that is not known here."""
    zone = form.text("browser_zone")
    return zone if zone in time_zone_names() else None


async def _signup_again(sheet: Sheet, form: Form, refusal: Problem) -> Response:
    token = form.text("invitation")
    invited = await find_invited(sheet.database, token) if token else None
    return _signup(sheet, form.text("email"), refusal, invitation=token, invited=invited)


def _signup(
    sheet: Sheet,
    email: str = "",
    refusal: Problem | None = None,
    *,
    invitation: str = "",
    invited: Invited | None = None,
) -> Response:
    frame = sheet.frame_for_stranger()
    return sheet.draw_form(
        "accounts/signup.html",
        frame,
        refusal,
        email=invited.email if invited else email,
        invitation=invitation,
        invited=invited,
    )


def _login(sheet: Sheet, wanted: str, email: str = "", refusal: Problem | None = None) -> Response:
    frame, wanted = sheet.frame_for_stranger(), path_of_ours(wanted, otherwise="")
    return sheet.draw_form("accounts/login.html", frame, refusal, email=email, next=wanted)
