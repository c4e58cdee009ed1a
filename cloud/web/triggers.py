"""Asking a camera for a picture from its page, and the line that follows what becomes of it.

The line has four steps: asked, sent, captured, judged. Which of them are done, and the sentence
beside them, are decided here from the trigger and the capture that it led to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cloud.captures.documents import capture_document
from cloud.captures.queries import get_capture
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.paging import PageRequest
from cloud.triggers.models import TriggerKind, TriggerStatus
from cloud.triggers.queries import list_askings, trigger_document
from cloud.web.looks import look_of_capture

HISTORY = 10
REFUSED = {"trigger_too_soon": "trigger", "device_paused": "trigger"}
"""Why a camera may not be asked, which is said beside the button."""

FOLLOWED_FOR = timedelta(hours=1)
"""How long the page speaks of a picture that somebody asked for."""

WAITING = {
    TriggerStatus.QUEUED: "The camera is not connected. It is asked as soon as it is back, "
    "within 10 minutes.",
    TriggerStatus.SENT: "Waiting for the camera to take it.",
    TriggerStatus.EXECUTED: "The camera took it. It is on its way.",
    TriggerStatus.EXPIRED: "The camera did not answer in 10 minutes. Is it plugged in?",
}
ENDED = frozenset({TriggerStatus.FAILED, TriggerStatus.EXPIRED, TriggerStatus.MISSED})


@dataclass(frozen=True)
class Step:
    """One step of the way; `at` is None until it is done."""

    word: str
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """What became of one asking. `look` is the class of how it ended, empty while it goes on."""

    trigger_id: UUID
    steps: tuple[Step, ...]
    words: str
    look: str = ""
    record_id: UUID | None = None


@dataclass(frozen=True)
class Triggers:
    """The last askings of a camera, newest first, and the line of the last one by hand."""

    history: Sequence[Mapping[str, Any]]
    line: Line | None


async def read_triggers(work: OrganizationWork, row_id: UUID, now: datetime) -> Triggers:
    """The triggers of a device's row."""
    found = await list_askings(work, row_id, PageRequest(HISTORY))
    history = [trigger_document(asking) for asking in found.askings]
    for trigger in history:
        recent = now - trigger["requested_at"] < FOLLOWED_FOR
        if trigger["kind"] == TriggerKind.MANUAL and recent:
            return Triggers(history, draw_line(trigger, await _find_capture(work, trigger)))
    return Triggers(history, None)


def draw_line(trigger: Mapping[str, Any], capture: Mapping[str, Any] | None) -> Line:
    """The line of a trigger, with the capture that it led to as far as there is one."""
    captured_at = capture["received_at"] if capture else trigger["executed_at"]
    judged_at = capture["evaluated_at"] if capture else None
    steps = (
        Step("asked", trigger["requested_at"]),
        Step("sent", trigger["sent_at"]),
        Step("captured", captured_at),
        Step("judged", judged_at if capture and capture["state"] else None),
    )
    if capture is not None:
        words, look = _say_capture(capture)
        return Line(trigger["trigger_id"], steps, words, look, capture["record_id"])
    words, look = _say_trigger(trigger)
    return Line(trigger["trigger_id"], steps, words, look)


async def _find_capture(
    work: OrganizationWork, trigger: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    if trigger["record_id"] is None:
        return None
    try:
        return capture_document(await get_capture(work, trigger["record_id"]))
    except NotFound:
        return None


def _say_capture(capture: Mapping[str, Any]) -> tuple[str, str]:
    if capture["state"] is not None:
        return capture["reason"] or "", look_of_capture(capture).name
    if capture["failure"] is not None:
        return f"It could not be judged: {capture['failure']['detail']}", "failed"
    return "The picture is here and is being judged.", ""


def _say_trigger(trigger: Mapping[str, Any]) -> tuple[str, str]:
    status = trigger["status"]
    if status in WAITING and not (status == TriggerStatus.EXECUTED and trigger["record_id"]):
        return WAITING[status], "failed" if status in ENDED else ""
    if status == TriggerStatus.EXECUTED:
        return "The picture is no longer kept.", "failed"
    return f"The camera could not take it: {trigger['error'] or 'it did not say why'}", "failed"
