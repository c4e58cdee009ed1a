"""All organizations: who owns them, what they may have and what they use."""

from fastapi import APIRouter, Response

from cloud.kit.paging import Paged
from cloud.operations.platform import list_all_organizations
from cloud.web.framing import TheSheet
from cloud.web.gates import PlatformAdminOnPage
from cloud.web.platform.page import draw_tab
from cloud.web.platform.tabs import ORGANIZATIONS, PATH

router = APIRouter(prefix=PATH)


@router.get("/organizations")
async def organizations_tab(who: PlatformAdminOnPage, sheet: TheSheet, page: Paged) -> Response:
    found = await list_all_organizations(sheet.database, page)
    return await draw_tab(
        sheet,
        who,
        ORGANIZATIONS,
        organizations=found.organizations,
        next_cursor=found.next_cursor,
    )
