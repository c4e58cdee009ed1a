"""One's own account: name, address, password, where one is logged in."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from cloud.accounts.cookies import clear_session_cookie
from cloud.accounts.profile import list_sessions, rename, sign_out
from cloud.accounts.resources import TheIdentity
from cloud.accounts.schemas import ChangePasswordBody, ProfileBody
from cloud.accounts.sessions import Person
from cloud.accounts.throttling import counting_failed_changes
from cloud.accounts.verifying import mail_verification
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.organization.page import draw_tab
from cloud.web.organization.tabs import PATH, PROFILE
from cloud.web.rendering import Frame

router = APIRouter(prefix=PATH)


@router.get("")
@router.get("/profile")
async def profile_tab(who: ViewerOnPage, sheet: TheSheet) -> Response:
    return await draw_tab(sheet, who, PROFILE, _read)


@router.post("/profile")
async def save_name(who: ViewerOnPage, sheet: TheSheet, form: TheForm) -> Response:
    """Change one's own name."""
    try:
        body = form.read(ProfileBody)
    except Problem as problem:
        return await draw_tab(sheet, who, PROFILE, _read, typed=form, refusal=problem)
    async with sheet.database.work_for(who.organization_id) as work:
        await rename(work, who, body.name)
    return sheet.go(PROFILE.address, Notice.SAVED)


@router.post("/password")
async def change_password(
    who: ViewerOnPage, request: Request, sheet: TheSheet, identity: TheIdentity, form: TheForm
) -> Response:
    """Change the password; everywhere else one is logged out."""
    try:
        body = form.read(ChangePasswordBody)
        async with counting_failed_changes(request, sheet.database, who):
            await identity.change_password(who, body.current_password, body.new_password)
    except Problem as problem:
        return await draw_tab(sheet, who, PROFILE, _read, refusal=problem)
    return sheet.go(PROFILE.address, Notice.PASSWORD_CHANGED_HERE)


@router.post("/verification")
async def mail_again(who: ViewerOnPage, sheet: TheSheet, identity: TheIdentity) -> Response:
    """Mail the link that proves the address once more."""
    await mail_verification(sheet.database, identity, who)
    return sheet.go(PROFILE.address, Notice.VERIFICATION_MAILED)


@router.post("/sessions/end")
async def log_out_everywhere(who: ViewerOnPage, sheet: TheSheet) -> Response:
    """End all of one's sessions, this one too."""
    async with sheet.database.work_for(who.organization_id) as work:
        await sign_out(work, who, everywhere=True)
    response = sheet.go("/login", Notice.LOGGED_OUT_EVERYWHERE)
    clear_session_cookie(response, sheet.settings)
    return response


async def _read(work: OrganizationWork, who: Person, _frame: Frame) -> Mapping[str, Any]:
    return {"sessions": await list_sessions(work, who), "own_session": who.session_id}
