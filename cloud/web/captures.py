"""One capture: its viewer, its card, its pictures, and the operator's word on it."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response

from cloud.accounts.access import Viewer
from cloud.accounts.sessions import Person
from cloud.captures.comparing import find_reference
from cloud.captures.documents import capture_document
from cloud.captures.judging import dispose, reevaluate, undo_disposition
from cloud.captures.models import Capture
from cloud.captures.pictures import (
    find_capture,
    find_glanced_capture,
    find_viewed_capture,
    send_image,
    send_thumbnail,
)
from cloud.captures.queries import CaptureFilters, get_capture, neighbours, parse_record_id
from cloud.captures.schemas import DispositionBody
from cloud.devices.queries import get_device_of_row
from cloud.kit.database import OrganizationWork
from cloud.kit.resources import TheDatabase
from cloud.storage.resources import TheStore
from cloud.web.at_hand import TheAtHand
from cloud.web.forms import Form, TheForm
from cloud.web.framing import TheSheet, zone_key
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.sights import read_camera
from cloud.web.stages import list_stages

router = APIRouter(prefix="/ui/captures/{record_id}")


@router.get("")
async def view(who: ViewerOnPage, sheet: TheSheet, record_id: str) -> Response:
    """The viewer: a page of its own, or what the dialog over a gallery shows."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        capture = await get_capture(work, parse_record_id(record_id))
        values = await _read_viewer(work, capture)
    if sheet.asks_for_part:
        return sheet.draw_part("captures/_viewer.html", frame, **values)
    return sheet.draw("captures/show.html", frame, **values)


@router.get("/card")
async def card(
    who: Viewer,
    sheet: TheSheet,
    at_hand: TheAtHand,
    record_id: str,
    view: Literal["grid", "camera", "latest"] = "camera",
) -> Response:
    """The card that a live page puts in its place: of the capture, its camera, or the latest.

    With the latest comes the head of its page, so that both are of one moment.
    """

    async def draw() -> str:
        async with sheet.database.work_for(who.organization_id) as work:
            frame = await sheet.frame(work, who)
            capture = await get_capture(work, parse_record_id(record_id))
            if view == "camera":
                document = capture_document(capture)
                return sheet.write("captures/_cards.html", frame, captures=[document])
            camera = await read_camera(work, capture.unit_id, sheet.settings, sheet.now)
        if view == "latest":
            parts = ("cameras/_latest.html", "cameras/_head.html")
            return "".join(sheet.write(part, frame, camera=camera) for part in parts)
        return sheet.write("cameras/_cards.html", frame, cameras=[camera])

    if sheet.event is None:
        return sheet.send(await draw())
    what = (record_id, view, sheet.event, zone_key(who), who.role)
    return sheet.send(await at_hand.find(who.organization_id, what, draw))


@router.get("/thumbnail")
async def thumbnail(
    request: Request, who: Viewer, database: TheDatabase, store: TheStore, record_id: str
) -> Response:
    """The picture fit in 400×300."""
    capture = await find_capture(database, who.organization_id, record_id)
    return await send_thumbnail(request, store, capture)


@router.get("/image")
async def image(
    request: Request,
    who: Viewer,
    database: TheDatabase,
    store: TheStore,
    record_id: str,
    *,
    download: bool = False,
) -> Response:
    """The full picture."""
    capture = await find_viewed_capture(database, who, record_id)
    return await send_image(request, store, capture, download=download)


@router.get("/glance")
async def glance(
    request: Request, who: Viewer, database: TheDatabase, store: TheStore, record_id: str
) -> Response:
    """The full picture, where a page shows it by itself."""
    capture = await find_glanced_capture(database, who, record_id)
    return await send_image(request, store, capture, download=False)


@router.post("/disposition")
async def say(who: MemberOnPage, sheet: TheSheet, record_id: str, form: TheForm) -> Response:
    """Write the operator's word down, or take it back where none is given."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        capture = await _dispose(work, who, parse_record_id(record_id), form)
    if sheet.asks_for_part:
        document = capture_document(capture)
        return sheet.draw_part("captures/_dispositions.html", frame, capture=document)
    return sheet.go(f"/ui/captures/{capture.id}")


@router.post("/reevaluate")
async def judge_again(who: MemberOnPage, sheet: TheSheet, record_id: str) -> Response:
    """Have the capture judged once more."""
    async with sheet.database.work_for(who.organization_id) as work:
        capture = await reevaluate(work, who, parse_record_id(record_id))
    return sheet.go(f"/ui/captures/{capture.id}", Notice.JUDGED_AGAIN)


async def _dispose(work: OrganizationWork, who: Person, record_id: UUID, form: Form) -> Capture:
    if not form.text("verdict"):
        return await undo_disposition(work, who, record_id)
    body = form.read(DispositionBody)
    return await dispose(work, who, record_id, body.verdict, body.note)


async def _read_viewer(work: OrganizationWork, capture: Capture) -> dict[str, Any]:
    older, newer = await neighbours(work, CaptureFilters(device_id=capture.device_id), capture)
    device = await get_device_of_row(work, capture.device_id)
    return {
        "capture": capture_document(capture),
        "reference": await find_reference(work, capture) if capture.image_stored else None,
        "stages": list_stages(capture.timing),
        "device": {"device_id": device.unit_id, "friendly_name": device.friendly_name},
        "is_released": device.released_at is not None,
        "older": older,
        "newer": newer,
    }
