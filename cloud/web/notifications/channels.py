"""Channels, one at a time: added with checks, tried, given a new secret, removed and restored."""

import re

from fastapi import APIRouter, Request, Response

from cloud.alerts.channel_lists import (
    add_channel,
    find_channel,
    remove_channel,
    renew_secret,
    restore_channel,
)
from cloud.alerts.choosing import read_channels
from cloud.alerts.notification_schemas import KINDS, AnyChannel
from cloud.alerts.notifications import read_notifications
from cloud.alerts.recipients import Destination, why_silent
from cloud.alerts.trying import TEST_MESSAGES, send_test
from cloud.kit.errors import Conflict, FieldError, Malformed, Problem, TooManyRequests
from cloud.kit.limits import hold_to
from cloud.kit.sealing import seal_of
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import AdminOnPage
from cloud.web.notices import Notice
from cloud.web.notifications.page import Outcome, draw_notifications
from cloud.web.notifications.place import ThePlace

FIELDS = {
    "email": {"to": "to"},
    "webhook": {"url": "webhook_url", "secret": "secret"},
    "apprise": {"url": "apprise_url"},
}
"""By which fields of the form each kind is named: a field of the API, and the form's."""

IN_LIST = re.compile(r"channels\.0\.")

router = APIRouter(prefix="/channels")


@router.post("")
async def add(who: AdminOnPage, sheet: TheSheet, place: ThePlace, form: TheForm) -> Response:
    """Tell one more. A secret that was made for it is shown this once."""
    try:
        (destination,) = await _read(form, sheet)
        async with sheet.database.work_for(who.organization_id) as work:
            enlisted = await add_channel(
                work,
                seal_of(sheet.settings),
                who,
                destination,
                device_id=await place.find_row_id(work),
            )
    except Problem as problem:
        refusal = _at_fields(problem, form.text("kind"))
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
    return sheet.go(f"{place.address}#channels", Notice.TEST_SENT)


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
    return await draw_notifications(sheet, who, place, outcome=Outcome(removed))


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


async def _read(form: Form, sheet: Sheet) -> list[Destination]:
    """The channel that the form names. Raises Malformed."""
    kind = form.text("kind")
    if kind not in FIELDS:
        wrong = FieldError("kind", "Choose e-mail, a webhook, or a chat or phone.")
        raise Malformed("form_malformed", wrong.message, errors=(wrong,))
    given = {name: form.text(field) for name, field in FIELDS[kind].items() if form.text(field)}
    channel: AnyChannel = validate(KINDS[kind], {"kind": kind, **given})
    return await read_channels([channel], sheet.settings, known=frozenset())


def _at_fields(problem: Problem, kind: str) -> Problem:
    """The same problem, its errors at the fields of the form."""
    if not isinstance(problem, Malformed):
        return problem
    fields = FIELDS.get(kind, {})
    errors = [
        FieldError(fields.get(name := IN_LIST.sub("", one.field), name), one.message)
        for one in problem.errors
    ]
    return Malformed(problem.code, problem.detail, errors=tuple(errors))
