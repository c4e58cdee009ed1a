"""The organization itself: its name and time zone, its slots, how long it is judged for."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from cloud.accounts.sessions import Person
from cloud.devices.organization import edit_organization, organization_document
from cloud.devices.schemas import OrganizationBody
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.kit.time_zones import offered_time_zones
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.organization.page import draw_tab
from cloud.web.organization.tabs import ORGANIZATION, PATH
from cloud.web.rendering import Frame

router = APIRouter(prefix=PATH)


@router.get("/organization")
async def organization_tab(who: ViewerOnPage, sheet: TheSheet) -> Response:
    return await draw_tab(sheet, who, ORGANIZATION, _read)


@router.post("/organization")
async def save_organization(who: AdminOnPage, sheet: TheSheet, form: TheForm) -> Response:
    """Change its name or its time zone."""
    try:
        body = form.read(OrganizationBody)
        async with sheet.database.work_for(who.organization_id) as work:
            await edit_organization(work, who, name=body.name, time_zone=body.time_zone)
    except Problem as problem:
        return await draw_tab(sheet, who, ORGANIZATION, _read, typed=form, refusal=problem)
    return sheet.go(ORGANIZATION.address, Notice.SAVED)


async def _read(work: OrganizationWork, _who: Person, _frame: Frame) -> Mapping[str, Any]:
    return {
        "organization": await organization_document(work),
        "time_zones": offered_time_zones(),
    }
