"""The people of the organization, and those who are asked in."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from cloud.accounts.invitations import invite, list_invitations, revoke_invitation
from cloud.accounts.member_schemas import InvitationBody, RoleBody
from cloud.accounts.members import change_role, list_members, parse_member_id, read_member
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.accounts.throttling import count_invitation
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, Forbidden, Problem
from cloud.kit.paging import LARGEST_LIMIT, Paged, PageRequest
from cloud.operations.leaving import leave
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.organization.page import Reader, draw_tab
from cloud.web.organization.tabs import MEMBERS, PATH
from cloud.web.page_size import own_page
from cloud.web.rendering import Frame

router = APIRouter(prefix=PATH)


@router.get("/members")
async def members_tab(who: ViewerOnPage, sheet: TheSheet, page: Paged) -> Response:
    return await draw_tab(sheet, who, MEMBERS, _read(page))


@router.post("/invitations")
async def send_invitation(
    who: AdminOnPage, request: Request, sheet: TheSheet, form: TheForm
) -> Response:
    """Mail somebody a link to join."""
    try:
        body = form.read(InvitationBody)
        await count_invitation(request, sheet.database, who, body.email)
        async with sheet.database.work_for(who.organization_id) as work:
            await invite(work, who, body.email, body.role)
    except Problem as problem:
        return await draw_tab(sheet, who, MEMBERS, _read(), typed=form, refusal=problem)
    return sheet.go(MEMBERS.address, Notice.INVITED)


@router.post("/invitations/{invitation_id}/revoke")
async def take_back(who: AdminOnPage, sheet: TheSheet, invitation_id: str) -> Response:
    """Take an invitation back."""
    async with sheet.database.work_for(who.organization_id) as work:
        await revoke_invitation(work, who, invitation_id)
    return sheet.go(MEMBERS.address, Notice.INVITATION_REVOKED)


@router.post("/members/{user_id}/role")
async def set_role(who: AdminOnPage, sheet: TheSheet, user_id: str, form: TheForm) -> Response:
    """Give somebody another role."""
    member_id = parse_member_id(user_id)
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            before = (await read_member(work, member_id)).role
            await change_role(work, who, member_id, form.read(RoleBody).role)
    except (Conflict, Forbidden) as problem:
        return await draw_tab(sheet, who, MEMBERS, _read(), refusal=problem)
    undo = [("member", user_id), ("role", before)]
    return sheet.go(MEMBERS.address, Notice.ROLE_CHANGED, undo=undo)


@router.post("/members/{user_id}/remove")
async def take_out(who: AdminOnPage, sheet: TheSheet, user_id: str) -> Response:
    """Take somebody out of the organization."""
    member_id = parse_member_id(user_id)
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            await leave(work, who, member_id)
    except (Conflict, Forbidden) as problem:
        return await draw_tab(sheet, who, MEMBERS, _read(), refusal=problem)
    return sheet.go(MEMBERS.address, Notice.TAKEN_OUT)


def _read(page: PageRequest | None = None) -> Reader:
    async def read(work: OrganizationWork, who: Person, frame: Frame) -> Mapping[str, Any]:
        found = await list_members(work, own_page(who, page or PageRequest()))
        asked = await list_invitations(work, PageRequest(LARGEST_LIMIT))
        return {
            "members": found.members,
            "next_cursor": found.next_cursor,
            "invitations": asked.invitations if frame.can_administer else [],
            "roles": [role for role in Role if role is not Role.OWNER or who.role is Role.OWNER],
            "own_id": who.user_id,
            "email_verified": who.email_verified,
        }

    return read
