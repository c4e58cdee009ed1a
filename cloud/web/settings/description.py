"""What is normal here: the version in force, a new one written or uploaded, and all there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Response, UploadFile

from cloud.accounts.sessions import Person
from cloud.descriptions.coaching import find_hints
from cloud.descriptions.files import combine, read_uploads
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.queries import (
    description_in_force,
    get_description,
    list_descriptions,
)
from cloud.descriptions.schemas import LONGEST_DESCRIPTION, DescriptionBody
from cloud.descriptions.templates import get_template, list_templates
from cloud.descriptions.writing import Draft, draft_of, write_description
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.kit.paging import Paged, PageRequest
from cloud.kit.processor import compute
from cloud.web.forms import Form, TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.settings.page import draw_tab
from cloud.web.settings.tabs import DESCRIPTION, PATH

router = APIRouter(prefix=f"{PATH}/description")

TEMPLATES_SHOWN = 100
VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class Start:
    """What the editor starts from: a version, a template, or what is in force."""

    version: int | None = None
    template: str | None = None

    async def text(
        self, work: OrganizationWork, device: Device, in_force: NormalDescription | None
    ) -> str:
        """Raises NotFound."""
        if self.template:
            return (await get_template(work, self.template)).text
        if self.version:
            return (await get_description(work, device.id, self.version)).text
        return in_force.text if in_force else ""


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
    return await _draw(sheet, who, device_id, Start(version, template), page)


@router.post("")
async def write(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Write a new version; it is in force where it is the first, or where that was asked for."""
    try:
        body = form.read(DescriptionBody)
        async with sheet.database.work_for(who.organization_id) as work:
            draft = await draft_of(work, body)
            written, in_force = await write_description(work, who, device_id, draft)
    except Problem as problem:
        return await _draw(sheet, who, device_id, typed=form, refusal=problem)
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
        return await _draw(sheet, who, device_id, refusal=problem)
    return _go_to(sheet, device_id, written, in_force=in_force)


@router.post("/hints")
async def coach(who: ViewerOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """The coach's advice on what stands in the editor now."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        await get_device(work, device_id)
    hints = await compute(find_hints, form.text("text")[:LONGEST_DESCRIPTION])
    return sheet.draw_part("settings/_hints.html", frame, hints=hints)


async def _draw(
    sheet: Sheet,
    who: Person,
    device_id: str,
    start: Start = Start(),
    page: PageRequest = PageRequest(),
    *,
    typed: Form | None = None,
    refusal: Problem | None = None,
) -> Response:
    async def read(_sheet: Sheet, work: OrganizationWork, device: Device) -> Mapping[str, Any]:
        in_force = await description_in_force(work, device.id)
        found = await list_descriptions(work, device.id, PageRequest(VERSIONS_SHOWN, page.cursor))
        text = typed.text("text") if typed else await start.text(work, device, in_force)
        return {
            "active": in_force,
            "versions": found.descriptions,
            "next_cursor": found.next_cursor,
            "templates": (await list_templates(work, PageRequest(TEMPLATES_SHOWN))).templates,
            "text": text,
            "note": typed.text("note") if typed else "",
            "hints": await compute(find_hints, text),
        }

    return await draw_tab(sheet, who, device_id, DESCRIPTION, read=read, refusal=refusal)


def _go_to(sheet: Sheet, device_id: str, written: NormalDescription, *, in_force: bool) -> Response:
    notice = Notice.DESCRIBED if in_force else Notice.DRAFT_KEPT
    return sheet.go(f"{DESCRIPTION.address(device_id)}/{written.version}", notice)
