"""What happened in an incident, oldest first, in sentences: one list for the API and the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    HeldBy,
    Incident,
    ResolvedAs,
)
from cloud.alerts.queries import IncidentFile
from cloud.alerts.wording import wording_of
from cloud.captures.models import Capture


class TimelineKind(StrEnum):
    OPENED = "opened"
    CAPTURE = "capture"
    DELIVERY = "delivery"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened; a capture where it is about one."""

    at: datetime
    kind: TimelineKind
    text: str
    capture: Capture | None = None


def read_timeline(file: IncidentFile) -> list[TimelineEntry]:
    """Everything that happened, in order; of captures those that the file holds."""
    order = list(TimelineKind)
    entries = [
        *_steps(file.shown.incident),
        *(_of_capture(capture) for capture in file.captures),
        *(_of_delivery(delivery) for delivery in file.deliveries),
    ]
    return sorted(entries, key=lambda entry: (entry.at, order.index(entry.kind)))


def _steps(incident: Incident) -> Iterator[TimelineEntry]:
    yield TimelineEntry(incident.opened_at, TimelineKind.OPENED, "The incident opened.")
    if incident.acknowledged_at is not None:
        text = f"{incident.acknowledged_by} acknowledged it."
        yield TimelineEntry(incident.acknowledged_at, TimelineKind.ACKNOWLEDGED, text)
    if incident.resolved_at is not None:
        yield TimelineEntry(incident.resolved_at, TimelineKind.RESOLVED, _say_resolved(incident))


def _say_resolved(incident: Incident) -> str:
    remark = f" “{incident.note}”" if incident.note else ""
    match incident.resolved_as:
        case ResolvedAs.REAL:
            return f"{incident.resolved_by} resolved it: it was real.{remark}"
        case ResolvedAs.FALSE_ALARM:
            return f"{incident.resolved_by} resolved it: a false alarm.{remark}"
        case _:
            return ENDED.get(incident.resolved_as or "", wording_of(incident.kind).ended)


ENDED: dict[str, str] = {
    ResolvedAs.RELEASED: "Its camera was released.",
    ResolvedAs.PAUSED: "Its camera was paused.",
    ResolvedAs.INTERVAL_OFF: "Its interval was switched off.",
    ResolvedAs.TRIAL_ENDED: "The trial ended, so its pictures are not judged any more.",
}


def _of_capture(capture: Capture) -> TimelineEntry:
    text = capture.reason or "Not as it should be."
    return TimelineEntry(capture.captured_at, TimelineKind.CAPTURE, text, capture)


def _of_delivery(delivery: Delivery) -> TimelineEntry:
    about = ABOUT[DeliveryKind(delivery.kind)]
    match delivery.status:
        case DeliveryStatus.SENT:
            text = f"{delivery.recipient} was told {about}."
        case DeliveryStatus.FAILED:
            text = f"{delivery.recipient} could not be told {about}."
        case DeliveryStatus.WITHDRAWN:
            text = f"{delivery.recipient} was not told {about}. {delivery.last_answer}"
        case _ if delivery.held_by is not None and delivery.admitted_at is None:
            text = f"{delivery.recipient} is told {about} {AFTERWARDS[HeldBy(delivery.held_by)]}."
        case _:
            text = f"{delivery.recipient} is being told {about}."
    return TimelineEntry(delivery.sent_at or delivery.created_at, TimelineKind.DELIVERY, text)


AFTERWARDS = {
    HeldBy.SNOOZE: "when the camera’s snooze ends",
    HeldBy.QUIET_HOURS: "when the quiet hours end",
    HeldBy.HOURLY_CAP: "in a digest, as there were too many messages within an hour",
}

ABOUT = {
    DeliveryKind.OPENED: "of it",
    DeliveryKind.REMINDER: "again",
    DeliveryKind.RECOVERED: "that it is over",
    DeliveryKind.ESCALATED: "as nobody had acknowledged it",
    DeliveryKind.TEST: "as a test",
    DeliveryKind.DIGEST: "in a digest",
}
