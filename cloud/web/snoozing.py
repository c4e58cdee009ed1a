"""Snoozing a camera from its page or from an incident's: three lengths that people ask for."""

from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from fastapi import APIRouter, Response

from cloud.alerts.snoozing import end_snooze, snooze
from cloud.devices.queries import get_device
from cloud.kit.bodies import Body, Moment
from cloud.kit.clock import rfc3339
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import MemberOnPage
from cloud.web.notices import Notice
from cloud.web.returning import PageBefore

router = APIRouter(prefix="/ui/cameras")

MORNING = time(8)
"""When tomorrow morning is, where whoever asks lives."""


class SnoozeFor(StrEnum):
    HOUR = "hour"
    MORNING = "morning"
    DAY = "day"


class SnoozeForm(Body):
    """Which of the lengths was chosen."""

    length: SnoozeFor


class SnoozeAgainForm(Body):
    """Until when a camera was snoozed before that was ended."""

    until: Moment


@router.post("/{device_id}/snooze")
async def snooze_one(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm, page_before: PageBefore
) -> Response:
    """Tell nobody of the camera for a while."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        await get_device(work, device_id)
        if form.text("until"):
            until = form.read(SnoozeAgainForm).until
        else:
            until = end_of(form.read(SnoozeForm).length, sheet.now, frame.zone)
        await snooze(work, who, device_id, until)
    return sheet.go(page_before, Notice.SNOOZED, undo=[("camera", device_id)])


@router.post("/{device_id}/snooze/end")
async def end_one(
    who: MemberOnPage, sheet: TheSheet, device_id: str, page_before: PageBefore
) -> Response:
    """Tell of the camera again."""
    async with sheet.database.work_for(who.organization_id) as work:
        until = (await get_device(work, device_id, lock=True)).snoozed_until
        await end_snooze(work, who, device_id)
    undo = [("camera", device_id), ("until", rfc3339(until))] if until else []
    return sheet.go(page_before, Notice.SNOOZE_ENDED, undo=undo)


def end_of(length: SnoozeFor, now: datetime, zone: tzinfo) -> datetime:
    """When a snooze of that length ends; the morning is the next day's, on the clock there."""
    match length:
        case SnoozeFor.HOUR:
            return now + timedelta(hours=1)
        case SnoozeFor.DAY:
            return now + timedelta(days=1)
        case SnoozeFor.MORNING:
            tomorrow = now.astimezone(zone).date() + timedelta(days=1)
            return datetime.combine(tomorrow, MORNING, zone)
