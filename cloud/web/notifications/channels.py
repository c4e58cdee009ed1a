"""Channels, one at a time: added with checks, tried, given a new secret, removed and restored."""

from fastapi import APIRouter, Request, Response

from cloud.alerts.channel_lists import (
    add_channel,
    find_channel,
    remove_channel,
    renew_secret,
    restore_channel,
)
from cloud.alerts.notifications import read_notifications
from cloud.alerts.recipients import why_silent
from cloud.alerts.trying import TEST_MESSAGES, send_test
from cloud.kit.errors import Conflict, Problem, TooManyRequests
from cloud.kit.limits import hold_to
from cloud.kit.sealing import seal_of
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage
from cloud.web.notices import Notice
from cloud.web.notifications.adding import at_fields, read_channel
from cloud.web.notifications.page import Outcome, draw_notifications
from cloud.web.notifications.place import ThePlace

router = APIRouter(prefix="/channels")


@router.post("")
async def add(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Tell one more. A secret that was made for it is shown this once."""
    try:
        destination = await read_channel(form, sheet)
        async with sheet.database.work_for(who.organization_id) as work:
            enlisted = await add_channel(
                work,
                seal_of(sheet.settings),
                who,
                destination,
                device_id=await place.find_row_id(work),
            )
    except Problem as problem:
        refusal = at_fields(problem, form.text("kind"))
        return await draw_notifications(sheet, who, place, typed=form, refusal=refusal)
    if enlisted.fresh_secret is not None:
        outcome = Outcome(enlisted.recipient, enlisted.fresh_secret)
        return await draw_notifications(sheet, who, place, outcome=outcome)
    is_asked = why_silent(enlisted.recipient) is not None
    notice = Notice.CHANNEL_ASKED if is_asked else Notice.CHANNEL_ADDED
    return sheet.go(place.address, notice)


@router.post("/{fingerprint}/test")
async def test(
    who: AdminOnPage, request: Request, sheet: TheSheet, place: ThePlace, fingerprint: str
) -> Response:
    """Send a test to this one; what the other side says to it appears beside the channel."""
    try:
        await hold_to(request, sheet.database, TEST_MESSAGES, str(who.user_id))
        async with sheet.database.work_for(who.organization_id) as work:
            await send_test(work, who, await place.find_device(work), only=fingerprint)
    except (Conflict, TooManyRequests) as refusal:
        return await draw_notifications(sheet, who, place, refusal=refusal)
    return sheet.go(place.address, Notice.TEST_SENT)


@router.post("/{fingerprint}/secret")
async def renew(who: AdminOnPage, sheet: TheSheet, place: ThePlace, fingerprint: str) -> Response:
    """Give a webhook a new secret, shown this once; the old one signs as well for a day."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            device_id = await place.find_row_id(work)
            seal = seal_of(sheet.settings)
            secret = await renew_secret(work, seal, who, fingerprint, device_id=device_id)
            notifications = await read_notifications(work, device_id)
            outcome = Outcome(find_channel(notifications, fingerprint), secret)
    except (Conflict, TooManyRequests) as refusal:
        return await draw_notifications(sheet, who, place, refusal=refusal)
    return await draw_notifications(sheet, who, place, outcome=outcome)


@router.post("/{fingerprint}/remove")
async def remove(who: AdminOnPage, sheet: TheSheet, place: ThePlace, fingerprint: str) -> Response:
    """Tell one less, and offer to put it back."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            device_id = await place.find_row_id(work)
            seal = seal_of(sheet.settings)
            removed = await remove_channel(work, seal, who, fingerprint, device_id=device_id)
    except (Conflict, TooManyRequests) as refusal:
        return await draw_notifications(sheet, who, place, refusal=refusal)
    notice = Notice.CAMERA_CHANNEL_REMOVED if place.device_id else Notice.CHANNEL_REMOVED
    undo = [("channel", removed.fingerprint), ("camera", place.device_id or "")]
    return sheet.go(place.address, notice, undo=undo)


@router.post("/{fingerprint}/restore")
async def restore(who: AdminOnPage, sheet: TheSheet, place: ThePlace, fingerprint: str) -> Response:
    """Put a channel back that was just removed."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            device_id = await place.find_row_id(work)
            seal = seal_of(sheet.settings)
            await restore_channel(work, seal, who, fingerprint, device_id=device_id)
    except (Conflict, TooManyRequests) as refusal:
        return await draw_notifications(sheet, who, place, refusal=refusal)
    return sheet.go(place.address, Notice.CHANNEL_ADDED)
