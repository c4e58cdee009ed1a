"""Units: making ids to print on cameras, and which of them are active."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from cloud.accounts.sessions import Person
from cloud.devices.admin_schemas import MakeUnitsBody
from cloud.devices.manufacture import list_units, make_units
from cloud.kit.errors import Problem
from cloud.kit.paging import LARGEST_LIMIT, Paged, PageRequest
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import PlatformAdminOnPage
from cloud.web.notices import Notice
from cloud.web.platform.page import draw_tab
from cloud.web.platform.tabs import DEVICES, PATH

router = APIRouter(prefix=PATH)


@router.get("/devices")
async def devices_tab(
    who: PlatformAdminOnPage,
    sheet: TheSheet,
    page: Paged,
    batch: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    return await _draw(sheet, who, PageRequest(LARGEST_LIMIT, page.cursor), batch)


@router.post("/devices")
async def make(who: PlatformAdminOnPage, sheet: TheSheet, form: TheForm) -> Response:
    """Make units, and show their batch."""
    typed = form.text("quantity").strip()
    given: dict[str, Any] = {
        "quantity": int(typed) if typed.isascii() and typed.isdigit() else typed,
        "batch_id": form.text("batch_id").strip() or f"{sheet.now:%Y-%m-%d %H:%M:%S}",
    }
    try:
        body = validate(MakeUnitsBody, given)
    except Problem as problem:
        return await _draw(sheet, who, PageRequest(), "", typed=form, refusal=problem)
    async with sheet.database.work_for(who.organization_id) as work:
        await make_units(work, who, quantity=body.quantity, batch_id=body.batch_id)
    return sheet.go(f"{DEVICES.address}?{urlencode({'batch': body.batch_id})}", Notice.UNITS_MADE)


async def _draw(
    sheet: Sheet,
    who: Person,
    page: PageRequest,
    batch: str,
    *,
    typed: Form | None = None,
    refusal: Problem | None = None,
) -> Response:
    async with sheet.database.work() as work:
        found = await list_units(work, page, batch_id=batch or None)
    return await draw_tab(
        sheet,
        who,
        DEVICES,
        typed=typed,
        refusal=refusal,
        units=found.units,
        next_cursor=found.next_cursor,
        batch=batch,
    )
