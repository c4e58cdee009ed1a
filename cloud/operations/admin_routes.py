"""The addresses at which the platform's people look at organizations and users."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from cloud.accounts.access import PlatformAdminGate
from cloud.accounts.emails import EmailAddress
from cloud.accounts.platform_admins import platform_admin_emails
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.operations.admin_schemas import OrganizationList, UserList
from cloud.operations.platform import list_all_organizations, list_all_users

router = APIRouter(
    prefix="/v1/admin", tags=["Platform admin"], dependencies=[Depends(PlatformAdminGate())]
)


@router.get("/organizations", response_model=OrganizationList)
async def show_organizations(database: TheDatabase, page: Paged) -> JsonAnswer:
    """All organizations, newest first."""
    found = await list_all_organizations(database, page)
    return JsonAnswer({"items": found.organizations, "next_cursor": found.next_cursor})


@router.get("/users", response_model=UserList)
async def show_users(
    database: TheDatabase,
    settings: TheSettings,
    page: Paged,
    email: Annotated[EmailAddress | None, Query()] = None,
) -> JsonAnswer:
    """Everybody who has an account, newest first, or whoever has an address."""
    found = await list_all_users(database, page, email=email)
    admins = platform_admin_emails(settings)
    items = [
        {**row, "is_platform_admin": row.email_verified and row.email in admins}
        for row in found.users
    ]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})
