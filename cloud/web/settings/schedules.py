"""When the camera is asked for pictures: its standing orders, added, switched and removed."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from cloud.accounts.sessions import Person
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed, Problem
from cloud.kit.json import dumps
from cloud.kit.weekly_hours import DAYS
from cloud.triggers.models import Schedule
from cloud.triggers.schedule_schemas import ScheduleBody
from cloud.triggers.schedules import get_schedule, list_schedules, schedule_document
from cloud.triggers.scheduling import add_schedule, change_schedule, remove_schedule
from cloud.web.forms import Form, TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.settings.orders import presets, read_order, say_order
from cloud.web.settings.page import draw_tab
from cloud.web.settings.tabs import PATH, SCHEDULES

FIELDS = ("when", "at", "interval_seconds", "cron", "from", "to", "time_zone", "label")
OF_ORDER = ("interval_seconds", "cron", "time_zone", "active_hours", "label", "enabled")
"""What makes a removed schedule whole again."""

router = APIRouter(prefix=PATH)


@router.get("/schedules")
async def schedules_tab(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    return await _draw(sheet, who, device_id)


@router.post("/schedules")
async def add(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Have the camera asked from now on."""
    try:
        order = read_order(form)
        async with sheet.database.work_for(who.organization_id) as work:
            await add_schedule(work, who, device_id, order.said(), settings=sheet.settings)
    except Problem as problem:
        return await _draw(sheet, who, device_id, typed=form, refusal=problem)
    return sheet.go(SCHEDULES.address(device_id), Notice.SCHEDULED)


@router.post("/schedules/restore")
async def restore(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Put a schedule back that was just removed."""
    try:
        order = ScheduleBody.model_validate_json(form.text("order"))
    except ValueError:
        wrong = FieldError("form", "This schedule cannot be put back. Add it again.")
        problem = Malformed("order_malformed", wrong.message, errors=(wrong,))
        return await _draw(sheet, who, device_id, refusal=problem)
    async with sheet.database.work_for(who.organization_id) as work:
        await add_schedule(work, who, device_id, order.said(), settings=sheet.settings)
    return sheet.go(SCHEDULES.address(device_id), Notice.SCHEDULE_RESTORED)


@router.post("/schedules/{schedule_id}/enabled")
async def switch(
    who: MemberOnPage, sheet: TheSheet, device_id: str, schedule_id: str, form: TheForm
) -> Response:
    """Switch a schedule on or off."""
    enabled = form.text("enabled") == "on"
    async with sheet.database.work_for(who.organization_id) as work:
        await change_schedule(
            work, who, device_id, schedule_id, {"enabled": enabled}, settings=sheet.settings
        )
    return sheet.go(SCHEDULES.address(device_id))


@router.post("/schedules/{schedule_id}/remove")
async def remove(who: MemberOnPage, sheet: TheSheet, device_id: str, schedule_id: str) -> Response:
    """Remove a schedule, and offer to put it back."""
    async with sheet.database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        schedule = await get_schedule(work, device.id, schedule_id)
        removed = await schedule_document(schedule, device, sheet.now)
        await remove_schedule(work, who, device_id, schedule_id)
    order = dumps({name: removed[name] for name in OF_ORDER}).decode()
    undo = [("camera", device_id), ("order", order)]
    return sheet.go(SCHEDULES.address(device_id), Notice.SCHEDULE_REMOVED, undo=undo)


async def _draw(
    sheet: Sheet,
    who: Person,
    device_id: str,
    *,
    typed: Form | None = None,
    refusal: Problem | None = None,
) -> Response:
    async def read(_sheet: Sheet, work: OrganizationWork, device: Device) -> Mapping[str, Any]:
        found = await list_schedules(work, device.id)
        return {
            "schedules": [await _document(sheet, schedule, device) for schedule in found],
            "presets": presets(),
            "days": DAYS,
            "typed": {name: typed.text(name) for name in FIELDS} if typed else None,
            "typed_days": typed.texts("days") if typed else [],
        }

    return await draw_tab(sheet, who, device_id, SCHEDULES, read=read, refusal=refusal)


async def _document(sheet: Sheet, schedule: Schedule, device: Device) -> dict[str, Any]:
    """The schedule of the API, and its words."""
    document = await schedule_document(schedule, device, sheet.now)
    return {**document, "words": say_order(document)}
