"""Taking everything along, and the end of the organization."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from cloud.accounts.cookies import clear_session_cookie
from cloud.accounts.sessions import Person
from cloud.devices.queries import count_devices
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, Problem, TooManyRequests
from cloud.operations.ending import end_organization
from cloud.operations.exporting import send_export
from cloud.operations.schemas import EndingBody
from cloud.storage.resources import TheStore
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, OwnerOnPage
from cloud.web.notices import Notice
from cloud.web.organization.page import draw_tab
from cloud.web.organization.tabs import DATA, PATH
from cloud.web.rendering import Frame

router = APIRouter(prefix=PATH)


@router.get("/data")
async def data_tab(who: AdminOnPage, sheet: TheSheet) -> Response:
    return await draw_tab(sheet, who, DATA, _read)


@router.post("/data/export")
async def export(who: AdminOnPage, request: Request, sheet: TheSheet, store: TheStore) -> Response:
    """Send the zip file; a browser stays on the page and saves it."""
    try:
        return await send_export(request, sheet.database, store, who)
    except (Conflict, TooManyRequests) as problem:
        return await draw_tab(sheet, who, DATA, _read, refusal=problem)


@router.post("/data/deletion")
async def delete_organization(who: OwnerOnPage, sheet: TheSheet, form: TheForm) -> Response:
    """End the organization, once its name was typed; nobody is signed in any more."""
    try:
        body = form.read(EndingBody)
        async with sheet.database.work_for(who.organization_id) as work:
            await end_organization(work, who, name=body.name)
    except Problem as problem:
        return await draw_tab(sheet, who, DATA, _read, refusal=problem)
    response = sheet.go("/login", Notice.ORGANIZATION_DELETED)
    clear_session_cookie(response, sheet.settings)
    return response


async def _read(work: OrganizationWork, _who: Person, _frame: Frame) -> Mapping[str, Any]:
    return {"cameras": await count_devices(work)}
