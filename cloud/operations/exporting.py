"""Answering with an export: whose turn it is, what it is called, that it was asked for."""

import re
from datetime import date

from fastapi import Request
from starlette.responses import StreamingResponse

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.queries import get_organization
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.limits import Limit, hold_to
from cloud.operations.export import Export
from cloud.operations.export_turns import take_turn
from cloud.storage.store import Store

EXPORTS = Limit("export", burst=12, seconds=3600)
"""Of one organization: each reads everything there is."""


async def send_export(
    request: Request, database: Database, store: Store, who: Person
) -> StreamingResponse:
    """The organization's file. Raises Conflict `export_running`, TooManyRequests."""
    await hold_to(request, database, EXPORTS, str(who.organization_id))
    async with database.work_for(who.organization_id) as work:
        name = (await get_organization(work)).name
        token = await take_turn(work)
        note(work, who, "organization.exported", str(who.organization_id))
    export = Export(database, store, who, token)
    called = file_name(name, utc_now().date())
    return StreamingResponse(
        export.pieces(),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{called}"'},
    )


def file_name(organization: str, day: date) -> str:
    """`visant-harbour-labs-2026-11-22.zip`, in letters that every system takes."""
    words = re.findall(r"[a-z0-9]+", organization.lower())
    return "-".join(["visant", *words[:6], day.isoformat()]) + ".zip"
