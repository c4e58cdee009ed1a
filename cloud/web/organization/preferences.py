"""How one's own pages look: theme, time zone, how many items a page holds."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from cloud.accounts.preferences import Preferences, Theme, change_preferences, read_preferences
from cloud.accounts.sessions import Person
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.kit.time_zones import offered_time_zones
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.organization.page import draw_tab
from cloud.web.organization.tabs import PATH, PREFERENCES
from cloud.web.rendering import Frame

router = APIRouter(prefix=PATH)


@router.get("/preferences")
async def preferences_tab(who: ViewerOnPage, sheet: TheSheet) -> Response:
    return await draw_tab(sheet, who, PREFERENCES, _read)


@router.post("/preferences")
async def save_preferences(who: ViewerOnPage, sheet: TheSheet, form: TheForm) -> Response:
    """Keep them on the server. Without a time zone of one's own the organization's holds."""
    try:
        wanted = form.read(Preferences)
    except Problem as problem:
        return await draw_tab(sheet, who, PREFERENCES, _read, typed=form, refusal=problem)
    forget = () if "time_zone" in wanted.model_fields_set else ("time_zone",)
    async with sheet.database.work() as work:
        await change_preferences(work, who, wanted, forget=forget)
    return sheet.go(PREFERENCES.address, Notice.SAVED)


async def _read(_work: OrganizationWork, who: Person, _frame: Frame) -> Mapping[str, Any]:
    return {
        "preferences": read_preferences(who.preferences),
        "own_zone": who.preferences.get("time_zone", ""),
        "themes": list(Theme),
        "time_zones": offered_time_zones(),
    }
