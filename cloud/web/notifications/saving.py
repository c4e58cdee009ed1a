"""Saving when people are told; a camera's own choice, given up for the organization's."""

from fastapi import APIRouter, Response

from cloud.alerts.notifications import change_notifications, hold_notifications
from cloud.kit.errors import NotFound, Problem
from cloud.kit.sealing import seal_of
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.notifications.choices import OF_CAMERA, find_changes, read_choices
from cloud.web.notifications.page import draw_notifications
from cloud.web.notifications.place import ThePlace

router = APIRouter()


@router.get("")
async def notifications_page(who: ViewerOnPage, sheet: TheSheet, place: ThePlace) -> Response:
    """Who is told, when, and what came of the newest messages."""
    return await draw_notifications(sheet, who, place)


@router.post("")
async def save(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Write down what differs from what is in force."""
    try:
        chosen = read_choices(form)
        async with sheet.database.work_for(who.organization_id) as work:
            device_id = await place.find_row_id(work)
            changes = find_changes(chosen, await hold_notifications(work, device_id))
            if device_id is not None:
                changes = {name: changes[name] for name in changes.keys() & OF_CAMERA}
            if changes:
                seal = seal_of(sheet.settings)
                await change_notifications(work, seal, who, changes, device_id=device_id)
    except Problem as problem:
        return await draw_notifications(sheet, who, place, typed=form, refusal=problem)
    return sheet.go(place.address, Notice.NOTIFICATIONS_SAVED)


@router.post("/inherit")
async def inherit(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Have a camera do again what the organization does."""
    name = form.text("name")
    if place.device_id is None or name not in OF_CAMERA:
        raise NotFound("choice_not_found", "There is no such choice of a camera.")
    async with sheet.database.work_for(who.organization_id) as work:
        device_id = await place.find_row_id(work)
        seal = seal_of(sheet.settings)
        await change_notifications(work, seal, who, {}, device_id=device_id, inherit=[name])
    return sheet.go(place.address, Notice.INHERITED)
