"""The addresses of an organization's people, of invitations and of the audit."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from cloud.accounts.access import Admin, Viewer
from cloud.accounts.audit_trail import AuditFilter, list_audit
from cloud.accounts.invitations import invite, list_invitations, revoke_invitation
from cloud.accounts.member_schemas import (
    AuditEntryAnswer,
    AuditList,
    InvitationAnswer,
    InvitationBody,
    InvitationList,
    MemberAnswer,
    MemberList,
    RoleBody,
)
from cloud.accounts.members import change_role, list_members, parse_member_id, read_member
from cloud.accounts.throttling import count_invitation
from cloud.kit.bodies import Moment, OneLine
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase

Word = Annotated[str, OneLine(at_least=1, at_most=254)]

router = APIRouter(prefix="/v1/organization", tags=["Organization"])


@router.get("/members", response_model=MemberList)
async def show_members(who: Viewer, database: TheDatabase, page: Paged) -> JsonAnswer:
    """Everybody who belongs to your organization, newest first."""
    async with database.work_for(who.organization_id) as work:
        found = await list_members(work, page)
    items = [dict(row) for row in found.members]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


@router.patch("/members/{user_id}", response_model=MemberAnswer)
async def change_member(
    who: Admin, database: TheDatabase, user_id: str, body: RoleBody
) -> JsonAnswer:
    """Give somebody another role. Only owners make owners; the last one stays (409)."""
    member_id = parse_member_id(user_id)
    async with database.work_for(who.organization_id) as work:
        await change_role(work, who, member_id, body.role)
        row = await read_member(work, member_id)
    return JsonAnswer(dict(row))


@router.post("/invitations", status_code=201, response_model=InvitationAnswer)
async def send_invitation(
    who: Admin, request: Request, database: TheDatabase, body: InvitationBody
) -> JsonAnswer:
    """Mail somebody a link to join your organization: good once, for a week.

    Asking the same address again takes the earlier invitation back. 403 until your own address is
    verified, 409 for who belongs to an organization already, 429 past 30 an hour.
    """
    await count_invitation(request, database, who, body.email)
    async with database.work_for(who.organization_id) as work:
        invitation = await invite(work, who, body.email, body.role)
    return JsonAnswer(_document(invitation, InvitationAnswer), 201)


@router.get("/invitations", response_model=InvitationList)
async def show_invitations(who: Admin, database: TheDatabase, page: Paged) -> JsonAnswer:
    """Invitations that nobody has followed yet, newest first."""
    async with database.work_for(who.organization_id) as work:
        found = await list_invitations(work, page)
    items = [_document(each, InvitationAnswer) for each in found.invitations]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


@router.delete("/invitations/{invitation_id}", status_code=204)
async def take_invitation_back(who: Admin, database: TheDatabase, invitation_id: str) -> Response:
    """Take an invitation back: its link is dead."""
    async with database.work_for(who.organization_id) as work:
        await revoke_invitation(work, who, invitation_id)
    return Response(status_code=204)


@router.get("/audit", response_model=AuditList)
async def show_audit(
    who: Admin,
    database: TheDatabase,
    page: Paged,
    actor: Annotated[Word | None, Query(description="An e-mail address, or `device ID`.")] = None,
    action: Annotated[
        Word | None, Query(description="`device.released`, or `device` for all about devices.")
    ] = None,
    after: Annotated[Moment | None, Query(alias="from")] = None,
    before: Annotated[Moment | None, Query(alias="to")] = None,
) -> JsonAnswer:
    """Who did or viewed what in your organization, newest first."""
    wanted = AuditFilter(actor, action, after, before)
    async with database.work_for(who.organization_id) as work:
        found = await list_audit(work, page, wanted)
    items = [_document(each, AuditEntryAnswer) for each in found.entries]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


def _document(row: object, answer: type[BaseModel]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in answer.model_fields}
