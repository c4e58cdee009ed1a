"""Who is told when nobody acknowledges an incident: after how long, and by which channels."""

from typing import Any

from fastapi import APIRouter, Response

from cloud.alerts.channel_lists import find_known
from cloud.alerts.escalation_lists import escalate_again_to, escalate_to, stop_escalating_to
from cloud.alerts.notification_schemas import LONGEST_WAIT_MINUTES
from cloud.devices.config import Within
from cloud.kit.errors import Conflict, FieldError, Malformed, Problem
from cloud.kit.sealing import seal_of
from cloud.web.forms import Form, TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage
from cloud.web.notices import Notice
from cloud.web.notifications.adding import at_fields, read_channel
from cloud.web.notifications.choices import read_number
from cloud.web.notifications.page import Outcome, draw_notifications
from cloud.web.notifications.place import ThePlace

PREFIX = "escalation_"
AFTER = "escalation_after"
ADDRESSES = ("escalation_to", "escalation_webhook_url", "escalation_apprise_url")

router = APIRouter(prefix="/escalation")


@router.post("")
async def add(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Tell somebody else after so long; without an address only the time changes."""
    try:
        after_minutes = _read_after(form)
        named = any(form.text(name) for name in ADDRESSES)
        destination = await read_channel(form, sheet, PREFIX) if named else None
        async with sheet.database.work_for(who.organization_id) as work:
            device_id = await place.find_row_id(work)
            seal = seal_of(sheet.settings)
            enlisted = await escalate_to(
                work, seal, who, destination, after_minutes, device_id=device_id
            )
    except Problem as problem:
        refusal = _at_fields(problem, form)
        return await draw_notifications(sheet, who, place, typed=form, refusal=refusal)
    if enlisted is not None and enlisted.fresh_secret is not None:
        outcome = Outcome(enlisted.recipient, enlisted.fresh_secret)
        return await draw_notifications(sheet, who, place, outcome=outcome)
    return sheet.go(place.address, Notice.NOTIFICATIONS_SAVED)


@router.post("/{fingerprint}/remove")
async def remove(who: AdminOnPage, sheet: TheSheet, place: ThePlace, fingerprint: str) -> Response:
    """Tell one less, and offer to put them back."""
    async with sheet.database.work_for(who.organization_id) as work:
        device_id = await place.find_row_id(work)
        seal = seal_of(sheet.settings)
        after = await stop_escalating_to(work, seal, who, fingerprint, device_id=device_id)
    notice = Notice.CAMERA_ESCALATION_REMOVED if place.device_id else Notice.ESCALATION_REMOVED
    undo = [("channel", fingerprint), ("camera", place.device_id or ""), (AFTER, str(after))]
    return sheet.go(place.address, notice, undo=undo)


@router.post("/{fingerprint}/restore")
async def restore(
    who: AdminOnPage, sheet: TheSheet, place: ThePlace, fingerprint: str, form: TheForm
) -> Response:
    """Tell somebody again who was just removed."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            device_id = await place.find_row_id(work)
            known = (await find_known(work, fingerprint)).fingerprint
            after = _read_after(form)
            seal = seal_of(sheet.settings)
            await escalate_again_to(work, seal, who, known, after, device_id=device_id)
    except (Malformed, Conflict) as refusal:
        return await draw_notifications(sheet, who, place, refusal=refusal)
    return sheet.go(place.address, Notice.NOTIFICATIONS_SAVED)


def _read_after(form: Form) -> int:
    try:
        return read_number(form.text(AFTER).strip(), Within(1, LONGEST_WAIT_MINUTES))
    except ValueError as error:
        wrong = FieldError(AFTER, str(error))
        raise Malformed("form_malformed", wrong.message, errors=(wrong,)) from None


def _at_fields(problem: Problem, form: Form) -> Any:
    if isinstance(problem, Conflict):
        wrong = FieldError(f"{PREFIX}to", problem.detail)
        return Malformed(problem.code, problem.detail, errors=(wrong,))
    return at_fields(problem, form.text(f"{PREFIX}kind"), PREFIX)
