"""The grid of cameras, and one camera's page: what is normal there, and its captures, live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from markupsafe import Markup

from cloud.accounts.sessions import Person
from cloud.alerts.reach import find_unreached
from cloud.captures.documents import capture_document
from cloud.captures.judging import dispose_all
from cloud.captures.models import DispositionVerdict
from cloud.captures.queries import (
    list_captures,
    list_unsaid,
    parse_record_id,
    pick_of_device,
    recent_trigger_labels,
)
from cloud.descriptions.queries import description_in_force
from cloud.descriptions.schemas import DescriptionBody
from cloud.descriptions.writing import draft_of, write_description
from cloud.devices.queries import get_device
from cloud.evaluation.budget.refusing import say_step
from cloud.evaluation.budget.spending import read_spending
from cloud.evaluation.budget.usage import add_up_lately
from cloud.evaluation.making import list_retirements
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, Malformed, Problem, TooManyRequests
from cloud.kit.paging import Paged, PageRequest
from cloud.triggers.asking import ask_for_picture
from cloud.watch.error_rates import measure_errors
from cloud.web.at_hand import AtHand, TheAtHand
from cloud.web.day_strip import read_day_strip
from cloud.web.filters import Filters, TheFilters
from cloud.web.forms import Errors, Form, TheForm, errors_of
from cloud.web.framing import Sheet, TheSheet, zone_key
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.missing import read_missing
from cloud.web.notices import Notice
from cloud.web.page_size import own_page
from cloud.web.rendering import Frame
from cloud.web.saved_filters import read_choices
from cloud.web.settings.tabs import DESCRIPTION
from cloud.web.sights import Camera, read_camera, read_cameras
from cloud.web.triggers import REFUSED, read_triggers

CANDIDATES = 12
"""How many captures are proposed as normal at once: a look at each must be easy."""

router = APIRouter(prefix="/ui")


@dataclass(frozen=True)
class Grid:
    """All cameras, and their cards as they are drawn for whoever reads times in one zone."""

    cameras: Sequence[Camera]
    cards: Markup


@router.get("")
async def all_cameras(who: ViewerOnPage, sheet: TheSheet, at_hand: TheAtHand) -> Response:
    """Every camera with its latest capture, what needs attention first."""
    grid = None if sheet.event is None else await _find_grid(sheet, who, at_hand, sheet.event)
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        grid = grid or await _draw_grid(sheet, work, frame)
        budget = say_step(await read_spending(work, sheet.now))
        unreached = await find_unreached(work)
    retirements = list_retirements(sheet.settings, sheet.now.date())
    return sheet.draw(
        "cameras/index.html",
        frame,
        cameras=grid.cameras,
        cards=grid.cards,
        retirements=retirements,
        budget=budget,
        unreached=unreached,
    )


@router.get("/cameras/{device_id}")
async def one_camera(
    who: ViewerOnPage,
    sheet: TheSheet,
    device_id: str,
    filters: TheFilters,
    page: Paged,
    day: date | None = None,
) -> Response:
    """One camera; to a script that asks for more, only the next stretch of its gallery.

    `day` is the one that the strip over the gallery shows.
    """
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        camera = await read_camera(work, device_id, sheet.settings, sheet.now)
        gallery = await _read_gallery(work, who, frame, camera, filters, page)
        if page.cursor and sheet.asks_for_part:
            return sheet.draw_part("cameras/_captures.html", frame, camera=camera, **gallery)
        around = await _read_around(sheet, work, camera, frame, day)
    return sheet.draw_form(
        "cameras/show.html", frame, None, camera=camera, draft=None, **gallery, **around
    )


@router.post("/cameras/{device_id}/description")
async def describe(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Write a new version of what is normal: a draft, unless it is the first or that was asked."""
    try:
        body = form.read(DescriptionBody)
    except Malformed as malformed:
        return await _show_again(sheet, who, device_id, form.text("text"), malformed)
    async with sheet.database.work_for(who.organization_id) as work:
        draft = await draft_of(work, body)
        written, in_force = await write_description(work, who, device_id, draft)
        camera = await get_device(work, device_id)
    if in_force:
        return sheet.go(f"/ui/cameras/{camera.unit_id}", Notice.DESCRIBED)
    return sheet.go(f"{DESCRIPTION.address(camera.unit_id)}/{written.version}", Notice.DRAFT_KEPT)


@router.post("/cameras/{device_id}/trigger")
async def ask(who: MemberOnPage, sheet: TheSheet, device_id: str) -> Response:
    """Ask the camera for a picture; to a script, the line that follows what becomes of it."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            await ask_for_picture(work, who, device_id)
    except (Conflict, TooManyRequests) as refusal:
        if sheet.asks_for_part:
            return await _draw_trigger(sheet, who, device_id, errors_of(refusal, REFUSED))
        return await _show_again(sheet, who, device_id, None, refusal)
    if sheet.asks_for_part:
        return await _draw_trigger(sheet, who, device_id, {})
    return sheet.go(f"/ui/cameras/{device_id}")


@router.post("/cameras/{device_id}/normal")
async def call_normal(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """Write down that these captures of the camera are normal: those that were left ticked."""
    own = await _say_of_ticked(sheet, who, device_id, form, DispositionVerdict.NORMAL)
    if not own:
        return sheet.go(f"/ui/cameras/{device_id}", Notice.NOTHING_TICKED)
    undo = [("camera", device_id), *(("record_id", str(record_id)) for record_id in own)]
    return sheet.go(f"/ui/cameras/{device_id}", Notice.CALLED_NORMAL, undo=undo)


@router.post("/cameras/{device_id}/normal/undo")
async def call_nothing(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """Take the word back that was said of these captures of the camera."""
    await _say_of_ticked(sheet, who, device_id, form, None)
    return sheet.go(f"/ui/cameras/{device_id}", Notice.TAKEN_BACK)


async def _say_of_ticked(
    sheet: Sheet, who: Person, device_id: str, form: Form, verdict: DispositionVerdict | None
) -> list[UUID]:
    """Which captures that was said of. Raises NotFound for a camera that is not there."""
    ticked = [parse_record_id(record_id) for record_id in form.texts("record_id")[:CANDIDATES]]
    async with sheet.database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        own = await pick_of_device(work, device.id, ticked)
        if own:
            await dispose_all(work, who, own, verdict)
    return own


async def _find_grid(sheet: Sheet, who: Person, at_hand: AtHand, event: int) -> Grid:
    """The grid for a page that was open when the event came, drawn once for all such pages."""

    async def draw() -> Grid:
        async with sheet.database.work_for(who.organization_id) as work:
            return await _draw_grid(sheet, work, await sheet.frame(work, who))

    return await at_hand.find(who.organization_id, ("grid", event, zone_key(who)), draw)


async def _draw_grid(sheet: Sheet, work: OrganizationWork, frame: Frame) -> Grid:
    cameras = await read_cameras(work, sheet.settings, sheet.now, sheet.day_counts)
    cards = sheet.write("cameras/_cards.html", frame, cameras=cameras)
    return Grid(cameras, Markup(cards))  # noqa: S704  # a template wrote it


async def _draw_trigger(sheet: Sheet, who: Person, device_id: str, errors: Errors) -> Response:
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        camera = await read_camera(work, device_id, sheet.settings, sheet.now)
        triggers = await read_triggers(work, camera.row_id, frame.now)
    return sheet.draw_part(
        "cameras/_trigger.html", frame, camera=camera, triggers=triggers, errors=errors
    )


async def _show_again(
    sheet: Sheet, who: Person, device_id: str, draft: str | None, refusal: Problem
) -> Response:
    """The page with what was typed, and what is wrong with it."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        camera = await read_camera(work, device_id, sheet.settings, sheet.now)
        gallery = await _read_gallery(work, who, frame, camera, Filters(), PageRequest())
        around = await _read_around(sheet, work, camera, frame)
    return sheet.draw_form(
        "cameras/show.html",
        frame,
        refusal,
        fields=REFUSED,
        camera=camera,
        draft=draft,
        **gallery,
        **around,
    )


async def _read_gallery(
    work: OrganizationWork,
    who: Person,
    frame: Frame,
    camera: Camera,
    filters: Filters,
    page: PageRequest,
) -> dict[str, Any]:
    wanted = filters.of_device(camera.row_id, frame.zone, frame.now)
    found = await list_captures(work, wanted, own_page(who, page))
    return {
        "filters": filters,
        "saved": read_choices(who, camera.device["device_id"], filters, frame.zone),
        "captures": [capture_document(row) for row in found.rows],
        "next_cursor": found.next_cursor,
    }


async def _read_around(
    sheet: Sheet, work: OrganizationWork, camera: Camera, frame: Frame, day: date | None = None
) -> dict[str, Any]:
    return {
        "strip": await read_day_strip(work, camera.row_id, day, frame.zone, frame.now),
        "missing": await read_missing(work, camera.row_id, sheet.now),
        "triggers": await read_triggers(work, camera.row_id, sheet.now),
        "description": await description_in_force(work, camera.row_id),
        "rates": await measure_errors(work, camera.row_id, now=sheet.now),
        "used": await add_up_lately(work, camera.row_id, sheet.now),
        "candidates": await _propose(work, camera.row_id) if camera.learning else [],
        "trigger_labels": await recent_trigger_labels(work, camera.row_id),
    }


async def _propose(work: OrganizationWork, row_id: UUID) -> Sequence[dict[str, Any]]:
    rows = await list_unsaid(work, row_id, limit=CANDIDATES)
    return [capture_document(row) for row in rows]
