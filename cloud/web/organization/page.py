"""The page around every tab of the settings."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Response

from cloud.accounts.sessions import Person
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.web.forms import Form
from cloud.web.framing import Sheet
from cloud.web.organization.tabs import Tab, tabs_for
from cloud.web.rendering import Frame

Reader = Callable[[OrganizationWork, Person, Frame], Awaitable[Mapping[str, Any]]]
"""Reads what a tab shows."""


async def draw_tab(
    sheet: Sheet,
    who: Person,
    tab: Tab,
    read: Reader,
    *,
    typed: Form | None = None,
    refusal: Problem | None = None,
) -> Response:
    """One tab; with what was typed and why it could not be taken, if it was refused."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        values = await read(work, who, frame)
    return sheet.draw_form(
        tab.template,
        frame,
        refusal,
        tabs=tabs_for(who.role),
        tab=tab,
        typed=typed or Form({}),
        **values,
    )
