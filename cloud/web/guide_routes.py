"""The operators' guide under `/help`, open to anybody."""

from fastapi import APIRouter, Request, Response

from cloud.accounts.sessions import Person
from cloud.kit.access import ANYONE
from cloud.kit.errors import NotFound
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import Visitor
from cloud.web.guide import HELP_PATH, INDEX, Guide
from cloud.web.rendering import Frame

router = APIRouter(prefix=HELP_PATH, dependencies=[ANYONE])


@router.get("")
async def contents(request: Request, visitor: Visitor, sheet: TheSheet) -> Response:
    """What the guide has a page of."""
    return await _show(request, visitor, sheet, INDEX)


@router.get("/{help_page}")
async def one_page(request: Request, visitor: Visitor, sheet: TheSheet, help_page: str) -> Response:
    """One page of the guide."""
    return await _show(request, visitor, sheet, help_page)


async def _show(request: Request, visitor: Person | None, sheet: Sheet, name: str) -> Response:
    guide: Guide = request.app.state.guide
    page = guide.pages.get(name)
    if page is None:
        raise NotFound("help_page_not_found", "The guide has no such page.")
    pages = [one for one in guide.pages.values() if one.name != INDEX]
    frame = await _frame(visitor, sheet)
    return sheet.draw("help/show.html", frame, page=page, pages=pages, is_index=name == INDEX)


async def _frame(visitor: Person | None, sheet: Sheet) -> Frame:
    """Whoever is signed in keeps their way around."""
    if visitor is None:
        return sheet.frame_for_stranger()
    async with sheet.database.work_for(visitor.organization_id) as work:
        return await sheet.frame(work, visitor)
