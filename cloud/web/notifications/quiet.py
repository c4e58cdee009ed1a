"""Quiet hours on the pages: windows of the week, added and removed one at a time."""

from typing import Any

from fastapi import APIRouter, Response

from cloud.accounts.sessions import Person
from cloud.alerts.notification_schemas import MOST_QUIET_HOURS, QuietHoursBody
from cloud.alerts.notifications import change_notifications, hold_notifications
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, FieldError, Malformed, NotFound, Problem
from cloud.kit.sealing import seal_of
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import AdminOnPage
from cloud.web.notices import Notice
from cloud.web.notifications.page import draw_notifications
from cloud.web.notifications.place import Place, ThePlace

FIELDS = {
    "days": "quiet_days",
    "from": "quiet_from",
    "to": "quiet_to",
    "time_zone": "quiet_zone",
    "form": "quiet_from",
}
"""A field of the API, or the whole of it, and the field of the form where its error stands."""

Hours = list[dict[str, Any]]

router = APIRouter(prefix="/quiet-hours")


@router.post("")
async def add(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Tell nobody in these hours either."""
    try:
        added = _read(form)
        async with sheet.database.work_for(who.organization_id) as work:
            hours = await _hold(work, place)
            if len(hours) == MOST_QUIET_HOURS:
                raise Conflict("quiet_hours_full", "These are as many as there can be; remove one.")
            await _write(sheet, work, who, place, [*hours, added])
    except Problem as problem:
        return await draw_notifications(sheet, who, place, typed=form, refusal=problem)
    return sheet.go(place.address, Notice.NOTIFICATIONS_SAVED)


@router.post("/remove")
async def remove(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Tell people in these hours again; they are named by their place in the list."""
    async with sheet.database.work_for(who.organization_id) as work:
        hours = await _hold(work, place)
        left = [each for number, each in enumerate(hours) if str(number) != form.text("number")]
        if len(left) == len(hours):
            raise NotFound("quiet_hours_not_found", "There are no such quiet hours here.")
        await _write(sheet, work, who, place, left)
    (removed,) = [each for number, each in enumerate(hours) if str(number) == form.text("number")]
    notice = Notice.CAMERA_QUIET_REMOVED if place.device_id else Notice.QUIET_REMOVED
    undo = [("camera", place.device_id or ""), *_filled_in(removed)]
    return sheet.go(place.address, notice, undo=undo)


def _filled_in(hours: dict[str, Any]) -> list[tuple[str, str]]:
    """The form as it would be filled in to add these hours."""
    days = [(FIELDS["days"], day) for day in hours["days"]]
    return [*days, *((FIELDS[name], hours[name]) for name in ("from", "to", "time_zone"))]


def _read(form: Form) -> dict[str, Any]:
    """Raises Malformed with a sentence for each wrong field."""
    given = {
        "days": form.texts("quiet_days"),
        "from": form.text("quiet_from"),
        "to": form.text("quiet_to"),
        "time_zone": form.text("quiet_zone"),
    }
    try:
        return validate(QuietHoursBody, given).model_dump(by_alias=True)
    except Malformed as malformed:
        errors = tuple(
            FieldError(
                FIELDS.get(one.field.split(".")[0], "form"), SENTENCES.get(one.field, one.message)
            )
            for one in malformed.errors
        )
        raise Malformed(malformed.code, malformed.detail, errors=errors) from None


SENTENCES = {
    "days": "Choose at least one day.",
    "from": "Say a time of day, such as 22:00.",
    "to": "Say a time of day, such as 06:30.",
}


async def _hold(work: OrganizationWork, place: Place) -> Hours:
    notifications = await hold_notifications(work, await place.find_row_id(work))
    return [each.document for each in notifications.quiet_hours]


async def _write(
    sheet: Sheet, work: OrganizationWork, who: Person, place: Place, hours: Hours
) -> None:
    device_id = await place.find_row_id(work)
    changes = {"quiet_hours": hours}
    await change_notifications(work, seal_of(sheet.settings), who, changes, device_id=device_id)
