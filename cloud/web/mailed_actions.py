"""The pages of links in incident mails: see it, call it a false alarm, want messages or no more.

A link only opens a page with a button, because programs that check mail open links as well. Mail
programs that offer to unsubscribe press it by themselves (RFC 8058), so no page of ours need have
sent the form: the token is the leave, and a form from elsewhere would need it too.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cloud.accounts.throttling import LINKS, count_by_address
from cloud.alerts.mailed_answers import read_offer, take_leave
from cloud.alerts.models import MailedAction
from cloud.kit.access import ANYONE
from cloud.kit.addresses import client_address
from cloud.kit.errors import Problem
from cloud.web.accounts import LONGEST_TOKEN
from cloud.web.framing import TheSheet

router = APIRouter(dependencies=[ANYONE])

TokenInLink = Annotated[str, Query(max_length=LONGEST_TOKEN)]


@router.get("/mailed")
async def mailed_action_page(
    request: Request, sheet: TheSheet, action: MailedAction, token: TokenInLink = ""
) -> Response:
    """What the link would do, and the button for it."""
    frame = sheet.frame_for_stranger()
    try:
        await count_by_address(request, sheet.database, sheet.settings, LINKS)
        offer = await read_offer(sheet.database, token, action)
    except Problem as problem:
        return sheet.draw_form("mailed/show.html", frame, problem, action=action, offer=None)
    return sheet.draw_form("mailed/show.html", frame, None, action=action, offer=offer, token=token)


@router.post("/mailed")
async def take_mailed_action(
    request: Request, sheet: TheSheet, action: MailedAction, token: TokenInLink = ""
) -> Response:
    """Do it; the link is spent."""
    frame = sheet.frame_for_stranger()
    try:
        await count_by_address(request, sheet.database, sheet.settings, LINKS)
        address = client_address(request, sheet.settings.trusted_proxies)
        await take_leave(sheet.database, token, action, address=address)
    except Problem as problem:
        return sheet.draw_form("mailed/show.html", frame, problem, action=action, offer=None)
    return sheet.draw_form("mailed/done.html", frame, None, action=action)
