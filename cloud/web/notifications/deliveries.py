"""The log of messages: each with what came of it, sent again where it failed."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response

from cloud.alerts.documents import delivery_document
from cloud.alerts.models import Delivery
from cloud.alerts.queries import list_deliveries, name_cameras, parse_delivery_id
from cloud.alerts.trying import redeliver
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict
from cloud.kit.paging import Paged
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.page_size import own_page
from cloud.web.returning import PageBefore

router = APIRouter(prefix="/ui/deliveries")


@router.get("")
async def all_deliveries(who: ViewerOnPage, sheet: TheSheet, page: Paged) -> Response:
    """Every message of the organization; to a script that asks for more, older ones."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        found = await list_deliveries(work, own_page(who, page))
        deliveries = await name_messages(work, found.deliveries)
    shown: dict[str, Any] = {"deliveries": deliveries, "next_cursor": found.next_cursor}
    if page.cursor and sheet.asks_for_part:
        return sheet.draw_part("deliveries/_older.html", frame, **shown)
    return sheet.draw("deliveries/index.html", frame, **shown)


async def name_messages(
    work: OrganizationWork, deliveries: Sequence[Delivery]
) -> list[dict[str, Any]]:
    """The messages of the API, and what the camera is called that each is about."""
    names = await name_cameras(work, deliveries)
    return [delivery_document(each) | {"device_name": names.get(each.id)} for each in deliveries]


@router.post("/{delivery_id}/redeliver")
async def send_again(
    who: AdminOnPage, sheet: TheSheet, delivery_id: str, page_before: PageBefore
) -> Response:
    """Send a message again, under its own id; why it cannot be is beside it on the page."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            await redeliver(work, who, parse_delivery_id(delivery_id))
    except Conflict:
        return sheet.go(page_before, Notice.NOT_SENT_AGAIN)
    return sheet.go(page_before, Notice.SENT_AGAIN)
