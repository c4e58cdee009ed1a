"""Share links as those who make them see them: the list, one's views, making and revoking."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from cloud.accounts.resources import TheHasher
from cloud.accounts.sessions import Person
from cloud.captures.queries import get_capture, parse_record_id
from cloud.devices.queries import get_device
from cloud.kit.errors import Problem
from cloud.kit.paging import Paged
from cloud.kit.qr import draw_qr
from cloud.sharing.documents import share_link_document, view_document
from cloud.sharing.editing import revoke_share
from cloud.sharing.making import make_share
from cloud.sharing.models import ShareType
from cloud.sharing.queries import get_share, list_shares, list_views, parse_share_link_id
from cloud.web.filters import TheFilters
from cloud.web.forms import Form, TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.page_size import own_page
from cloud.web.share_forms import EXPIRIES, FIELD_OF_PROBLEM, read_share_form, type_time

MINUTE = timedelta(minutes=1)
"""Fields for times have no seconds, and what was just seen is to be among what is shared."""

JUDGED = ("normal", "abnormal", "uncertain")

router = APIRouter(prefix="/ui")


@router.get("/shares")
async def all_shares(who: ViewerOnPage, sheet: TheSheet, page: Paged) -> Response:
    """Every link that was made, the last first."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        found = await list_shares(work, own_page(who, page))
    links = [share_link_document(share, sheet.now) for share in found.shares]
    return sheet.draw("shares/index.html", frame, links=links, next_cursor=found.next_cursor)


@router.get("/shares/{share_link_id}")
async def one_share(
    who: ViewerOnPage, sheet: TheSheet, share_link_id: str, page: Paged
) -> Response:
    """One link: what it shows, and who came by it."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        share = await get_share(work, parse_share_link_id(share_link_id))
        found = await list_views(work, share.link.id, own_page(who, page))
    return sheet.draw(
        "shares/show.html",
        frame,
        link=share_link_document(share, sheet.now),
        views=[view_document(view) for view in found.views],
        next_cursor=found.next_cursor,
    )


@router.post("/shares/{share_link_id}/revoke")
async def revoke(who: AdminOnPage, sheet: TheSheet, share_link_id: str) -> Response:
    """End a link for good."""
    async with sheet.database.work_for(who.organization_id) as work:
        await revoke_share(work, who, parse_share_link_id(share_link_id))
    return sheet.go("/ui/shares", Notice.REVOKED)


@router.get("/cameras/{device_id}/share")
async def share_page(
    who: AdminOnPage,
    sheet: TheSheet,
    device_id: str,
    filters: TheFilters,
    capture: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The form: for the camera, for one capture of it, or for what its gallery was filtered to."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        if capture:
            await get_capture(work, parse_record_id(capture))
    after, before = filters.span(frame.zone, sheet.now)
    share_type = ShareType.CAPTURE if capture else ShareType.DEVICE
    values = {
        "share_type": ShareType.DATE_RANGE if after or before else share_type,
        "record_id": capture,
        "from": type_time(after, frame.zone),
        "to": type_time(before or sheet.now + MINUTE, frame.zone) if after else "",
        "states": [state for state in filters.states if state in JUDGED],
        "expires_in_hours": "24",
        "max_views": "",
        "label": "",
    }
    return await _draw_form(sheet, who, device_id, values)


@router.post("/cameras/{device_id}/share")
async def share(
    who: AdminOnPage, sheet: TheSheet, hasher: TheHasher, device_id: str, form: TheForm
) -> Response:
    """Make the link, and show it this once."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        await get_device(work, device_id)
    try:
        made = await make_share(
            sheet.database,
            hasher,
            who,
            device_id,
            read_share_form(form, frame.zone),
            base_url=sheet.settings.base_url,
        )
    except Problem as refusal:
        return await _draw_form(sheet, who, device_id, _typed(form), refusal)
    return sheet.draw(
        "shares/made.html",
        frame,
        link=share_link_document(made.share, sheet.now),
        url=made.url,
        qr_code_svg=draw_qr(made.url),
    )


async def _draw_form(
    sheet: Sheet,
    who: Person,
    device_id: str,
    values: dict[str, Any],
    refusal: Problem | None = None,
) -> Response:
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        device = await get_device(work, device_id)
    return sheet.draw_form(
        "shares/new.html",
        frame,
        refusal,
        fields=FIELD_OF_PROBLEM,
        device={"device_id": device.unit_id, "friendly_name": device.friendly_name},
        values=values,
        expiries=EXPIRIES,
        zone_name=str(frame.zone),
    )


def _typed(form: Form) -> dict[str, Any]:
    """What was typed, but for the passcode: it is typed again."""
    names = ("share_type", "record_id", "from", "to", "expires_in_hours", "max_views", "label")
    return {name: form.text(name) for name in names} | {"states": form.texts("states")}
