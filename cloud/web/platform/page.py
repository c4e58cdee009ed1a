"""The page around every tab of the platform's people."""

from typing import Any

from fastapi import Response

from cloud.accounts.sessions import Person
from cloud.kit.errors import Problem
from cloud.web.forms import Form
from cloud.web.framing import Sheet
from cloud.web.platform.tabs import TABS, Tab


async def draw_tab(
    sheet: Sheet,
    who: Person,
    tab: Tab,
    *,
    template: str | None = None,
    typed: Form | None = None,
    refusal: Problem | None = None,
    **values: Any,
) -> Response:
    """One tab; with what was typed and why it could not be taken, if it was refused.

    A page under the tab has a `template` of its own.
    """
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
    return sheet.draw_form(
        template or tab.template,
        frame,
        refusal,
        tabs=TABS,
        tab=tab,
        typed=typed or Form({}),
        **values,
    )
