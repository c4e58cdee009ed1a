"""What is normal here: the version in force, a new one written or uploaded, and all there are."""

from typing import Annotated

from fastapi import APIRouter, File, Query, Response, UploadFile

from cloud.descriptions.coaching import find_hints
from cloud.descriptions.files import combine, read_uploads
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.schemas import LONGEST_DESCRIPTION, DescriptionBody
from cloud.descriptions.writing import Draft, draft_of, write_description
from cloud.devices.queries import get_device
from cloud.evaluation.drafting.drafting import DRAFTS, MOST_PICTURES, Drafter
from cloud.evaluation.drafting.schemas import DraftBody
from cloud.kit.errors import (
    Conflict,
    FieldError,
    Malformed,
    Problem,
    TooManyRequests,
    Unavailable,
)
from cloud.kit.limits import hold_to
from cloud.kit.paging import Paged
from cloud.kit.processor import compute
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.settings.description_page import Start, draw_description
from cloud.web.settings.tabs import DESCRIPTION, PATH

router = APIRouter(prefix=f"{PATH}/description")


@router.get("")
async def description_tab(
    who: ViewerOnPage,
    sheet: TheSheet,
    device_id: str,
    page: Paged,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    template: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The version in force, an editor, and every version."""
    return await draw_description(sheet, who, device_id, Start(version, template), page)


@router.post("")
async def write(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Write a new version; it is in force where it is the first, or where that was asked for."""
    try:
        body = form.read(DescriptionBody)
        async with sheet.database.work_for(who.organization_id) as work:
            draft = await draft_of(work, body)
            written, in_force = await write_description(work, who, device_id, draft)
    except Problem as problem:
        return await draw_description(sheet, who, device_id, typed=form, refusal=problem)
    return _go_to(sheet, device_id, written, in_force=in_force)


@router.post("/upload")
async def upload(
    who: MemberOnPage,
    sheet: TheSheet,
    device_id: str,
    files: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Write a new version as files, in the order in which the browser sends them."""
    try:
        read = await read_uploads(files or [])
        async with sheet.database.work_for(who.organization_id) as work:
            draft = Draft(combine(read), read)
            written, in_force = await write_description(work, who, device_id, draft)
    except Problem as problem:
        return await draw_description(sheet, who, device_id, refusal=problem)
    return _go_to(sheet, device_id, written, in_force=in_force)


@router.post("/hints")
async def coach(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """The coach's advice on what stands in the editor now."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        await get_device(work, device_id)
    hints = await compute(find_hints, form.text("text")[:LONGEST_DESCRIPTION])
    return sheet.draw_part("settings/_hints.html", frame, hints=hints)


@router.post("/draft")
async def draft(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Have a model draft a text from the ticked pictures; it stands in the editor, unsaved."""
    state = sheet.request.app.state
    drafter = Drafter(state.database, state.store, state.settings, state.classifiers)
    try:
        wanted = _read_ticked(form)
        await hold_to(sheet.request, sheet.database, DRAFTS, str(who.user_id))
        drafted = await drafter.draft(who, device_id, wanted.wanted())
    except (Conflict, Malformed, TooManyRequests, Unavailable) as problem:
        return await draw_description(
            sheet, who, device_id, typed=form, refusal=_beside_pictures(problem)
        )
    return await draw_description(sheet, who, device_id, typed=form, drafted=drafted)


def _read_ticked(form: Form) -> DraftBody:
    """Raises Malformed."""
    try:
        return validate(DraftBody, {"record_ids": form.texts("record_id")})
    except Malformed as malformed:
        raise Malformed(malformed.code, f"Tick one to {MOST_PICTURES} pictures.") from None


def _beside_pictures(problem: Problem) -> Problem:
    """The same, to be said where the pictures are chosen."""
    kind = Conflict if isinstance(problem, Unavailable) else type(problem)
    told = (FieldError("record_ids", problem.detail),)
    return kind(problem.code, problem.detail, errors=told, headers=problem.headers)


def _go_to(sheet: Sheet, device_id: str, written: NormalDescription, *, in_force: bool) -> Response:
    notice = Notice.DESCRIBED if in_force else Notice.DRAFT_KEPT
    return sheet.go(f"{DESCRIPTION.address(device_id)}/{written.version}", notice)
