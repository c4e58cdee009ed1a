"""What a message would look like, in every form: as a mail, as text, as what a program gets."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Response

from cloud.accounts.sessions import Person
from cloud.alerts.models import DeliveryKind
from cloud.alerts.notification_schemas import AnyPreviewKind
from cloud.alerts.previewing import draw_incident_message, preview_document
from cloud.channels.channel import Message
from cloud.kit.errors import NotFound
from cloud.kit.json import dumps
from cloud.watch.digest.preview import draw_digest
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import ViewerOnPage
from cloud.web.mail_frames import answer_mail
from cloud.web.notifications.place import Place, ThePlace

KINDS = {"opened": "Something is wrong", "recovered": "It is over", "digest": "Daily digest"}
"""What can be looked at, and what it is called."""

OF_CAMERA = {name: words for name, words in KINDS.items() if name != "digest"}

router = APIRouter(prefix="/preview")

Kind = Annotated[AnyPreviewKind, Query()]


@router.get("")
async def preview_page(
    who: ViewerOnPage, sheet: TheSheet, place: ThePlace, kind: Kind = "opened"
) -> Response:
    """The message as it would go out now, with a real picture. Nothing is sent."""
    try:
        preview = preview_document(await _draw(sheet, who, place, kind))
    except NotFound:
        if place.device_id is not None:
            raise
        preview = None
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        device = await place.find_device(work)
    return sheet.draw(
        "notifications/preview.html",
        frame,
        address=place.address,
        device=device,
        kinds=KINDS if device is None else OF_CAMERA,
        kind=kind,
        preview=preview,
        data=_indent(preview["webhook"]) if preview else "",
    )


@router.get("/html")
async def preview_as_it_looks(
    who: ViewerOnPage, sheet: TheSheet, place: ThePlace, kind: Kind = "opened"
) -> Response:
    """The mail alone, for the frame in the page."""
    return answer_mail(preview_document(await _draw(sheet, who, place, kind))["html"])


async def _draw(sheet: Sheet, who: Person, place: Place, kind: AnyPreviewKind) -> Message:
    if kind == "digest" and place.device_id is None:
        return await draw_digest(sheet.database, sheet.settings, who)
    if kind == "digest":
        raise NotFound("preview_not_found", "The digest is of all cameras together.")
    state = sheet.request.app.state
    return await draw_incident_message(
        sheet.database, state.store, sheet.settings, who, DeliveryKind(kind), place.device_id
    )


def _indent(data: object) -> str:
    return json.dumps(json.loads(dumps(data)), indent=2, ensure_ascii=False)
