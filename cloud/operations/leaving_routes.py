"""The address at which somebody is taken out of the organization."""

from fastapi import APIRouter, Response

from cloud.accounts.access import Admin
from cloud.accounts.members import parse_member_id
from cloud.kit.resources import TheDatabase
from cloud.operations.leaving import leave

router = APIRouter(prefix="/v1/organization", tags=["Organization"])


@router.delete("/members/{user_id}", status_code=204)
async def take_out(who: Admin, database: TheDatabase, user_id: str) -> Response:
    """Take somebody out: their account is gone and they are signed out everywhere.

    Their address is free: they may sign up anew, or be invited by anybody. Only owners take owners
    out, and the last one stays (409).
    """
    member_id = parse_member_id(user_id)
    async with database.work_for(who.organization_id) as work:
        await leave(work, who, member_id)
    return Response(status_code=204)
