"""The pages of mailed links: a forgotten password, and proving an address.

A link only opens a page with a button, because programs that check mail open links as well; the
token in it is used up by the form.
"""

from fastapi import APIRouter, Request, Response

from cloud.accounts.identity import IdentityProvider
from cloud.accounts.resources import TheIdentity
from cloud.accounts.schemas import ForgotPasswordBody, ResetPasswordBody, VerifyEmailBody
from cloud.accounts.sessions import Person
from cloud.accounts.throttling import (
    LINKS,
    RESET_MAILS,
    RESET_REQUESTS,
    count_by_address,
    may_mail,
)
from cloud.accounts.verifying import needs_password, verify_from_page
from cloud.kit.access import ANYONE
from cloud.kit.addresses import client_address
from cloud.kit.errors import Problem
from cloud.web.accounts import FROM_OUR_PAGES, TokenInLink
from cloud.web.forms import TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import Visitor
from cloud.web.notices import Notice

router = APIRouter()


@router.get("/forgot-password", dependencies=[ANYONE])
async def forgot_password_page(sheet: TheSheet) -> Response:
    return _forgot_password(sheet)


@router.post("/forgot-password", dependencies=FROM_OUR_PAGES)
async def ask_to_reset(
    request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Mail a link, if somebody has this address; the page says the same either way."""
    email = form.text("email")
    try:
        body = form.read(ForgotPasswordBody)
        await count_by_address(request, sheet.database, sheet.settings, RESET_REQUESTS)
        if await may_mail(sheet.database, RESET_MAILS, body.email):
            await identity.ask_to_reset(body.email)
    except Problem as problem:
        return _forgot_password(sheet, email, refusal=problem)
    return _forgot_password(sheet, email, sent=True)


@router.get("/reset-password", dependencies=[ANYONE])
async def reset_password_page(sheet: TheSheet, token: TokenInLink = "") -> Response:
    return _reset_password(sheet, token)


@router.post("/reset-password", dependencies=FROM_OUR_PAGES)
async def reset_password(
    request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Set the new password; all of the user's sessions end."""
    try:
        await count_by_address(request, sheet.database, sheet.settings, LINKS)
        body = form.read(ResetPasswordBody)
        address = client_address(request, sheet.settings.trusted_proxies)
        await identity.reset_password(body.token, body.new_password, address=address)
    except Problem as problem:
        return _reset_password(sheet, form.text("token"), problem)
    return sheet.go("/login", Notice.PASSWORD_CHANGED)


@router.get("/verify-email", dependencies=[ANYONE])
async def verify_email_page(
    visitor: Visitor, sheet: TheSheet, identity: TheIdentity, token: TokenInLink = ""
) -> Response:
    return await _verify_email(sheet, identity, visitor, token)


@router.post("/verify-email", dependencies=FROM_OUR_PAGES)
async def verify_email(
    visitor: Visitor, request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Note that whoever has the link reads the mails of the address, and that they signed up."""
    try:
        await count_by_address(request, sheet.database, sheet.settings, LINKS)
        await verify_from_page(
            request,
            sheet.database,
            sheet.settings,
            identity,
            visitor,
            token=form.read(VerifyEmailBody).token,
            password=form.text("password"),
        )
    except Problem as problem:
        return await _verify_email(sheet, identity, visitor, form.text("token"), problem)
    return sheet.draw("accounts/address_proved.html", sheet.frame_for_stranger())


def _forgot_password(
    sheet: Sheet, email: str = "", *, sent: bool = False, refusal: Problem | None = None
) -> Response:
    frame = sheet.frame_for_stranger()
    return sheet.draw_form("accounts/forgot_password.html", frame, refusal, sent=sent, email=email)


def _reset_password(sheet: Sheet, token: str, refusal: Problem | None = None) -> Response:
    frame = sheet.frame_for_stranger()
    return sheet.draw_form("accounts/reset_password.html", frame, refusal, token=token)


async def _verify_email(
    sheet: Sheet,
    identity: IdentityProvider,
    visitor: Person | None,
    token: str,
    refusal: Problem | None = None,
) -> Response:
    return sheet.draw_form(
        "accounts/verify_email.html",
        sheet.frame_for_stranger(),
        refusal,
        fields={"invalid_credentials": "password"},
        token=token,
        needs_password=await needs_password(sheet.settings, identity, visitor, token),
    )
