"""What the alerts' addresses take and give, as the OpenAPI document says it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cloud.alerts.models import (
    DeliveryKind,
    HeldBy,
    IncidentKind,
    IncidentState,
    ResolvedAs,
)
from cloud.alerts.timeline import TimelineKind
from cloud.captures.schemas import EXAMPLE_CAPTURE, CaptureDocument
from cloud.kit.bodies import Body, OneLine

EXAMPLE_INCIDENT: dict[str, Any] = {
    "id": "0199f1c2-91aa-7f02-8d35-5b1a0c9e4d21",
    "device_id": "VS-7K3M-9QXT-4HWC",
    "device_name": "Bench camera",
    "kind": "abnormal",
    "state": "acknowledged",
    "opened_at": "2026-11-22T07:30:00.123Z",
    "acknowledged_at": "2026-11-22T07:34:10.000Z",
    "acknowledged_by": "anna@example.com",
    "resolved_at": None,
    "resolved_by": None,
    "resolved_as": None,
    "note": None,
    "captures_count": 3,
    "first_capture": EXAMPLE_CAPTURE | {"state": "abnormal", "reason": "The drill is gone."},
    "latest_capture": EXAMPLE_CAPTURE | {"state": "abnormal", "reason": "The drill is gone."},
    "snoozed_until": None,
}
EXAMPLE_DELIVERY: dict[str, Any] = {
    "id": "0199f1c2-9f00-7a11-b0c4-2f6a8d7e1c33",
    "incident_id": EXAMPLE_INCIDENT["id"],
    "kind": "opened",
    "channel": "email",
    "recipient": "anna@example.com",
    "status": "sent",
    "attempts": 1,
    "last_answer": "250 accepted",
    "created_at": "2026-11-22T07:30:02.300Z",
    "held_until": None,
    "held_by": None,
    "gathered_into": None,
    "sent_at": "2026-11-22T07:30:03.100Z",
    "withdrawn": False,
}
EXAMPLE_ENTRY: dict[str, Any] = {
    "at": "2026-11-22T07:30:00.123Z",
    "kind": "opened",
    "text": "The incident opened.",
    "capture": None,
}


class IncidentDocument(BaseModel):
    """Something that is not as it should be, from the first capture that says so to its end."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_INCIDENT]})

    id: str
    device_id: str
    device_name: str
    kind: IncidentKind
    state: IncidentState
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolved_as: ResolvedAs | None
    note: str | None
    captures_count: int
    first_capture: CaptureDocument | None
    latest_capture: CaptureDocument | None
    snoozed_until: datetime | None
    """Until when nobody is told of its camera; null where it is not snoozed."""


class IncidentList(BaseModel):
    """A page of incidents, the last opened first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"incidents": [EXAMPLE_INCIDENT], "next_cursor": None}]}
    )

    incidents: list[IncidentDocument]
    next_cursor: str | None


class DeliveryDocument(BaseModel):
    """One message to one recipient by one channel, and what came of it.

    One that waits for the end of a snooze, of quiet hours or of an hour full of messages is
    pending; `held_by` says which, `held_until` until when. Where it was over by then, or somebody
    had seen it, nothing was sent: it has failed and is `withdrawn`, and `last_answer` says why.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_DELIVERY]})

    id: str
    incident_id: str | None
    kind: DeliveryKind
    channel: str
    recipient: str
    status: Literal["pending", "sent", "failed"]
    attempts: int
    last_answer: str | None
    created_at: datetime
    held_until: datetime | None
    held_by: HeldBy | None
    gathered_into: str | None
    """The digest that tells of it, where too many came in an hour; its fate is this one's."""
    sent_at: datetime | None
    withdrawn: bool


class DeliveryList(BaseModel):
    """A page of messages, the last queued first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"deliveries": [EXAMPLE_DELIVERY], "next_cursor": None}]}
    )

    deliveries: list[DeliveryDocument]
    next_cursor: str | None


class TimelineEntryDocument(BaseModel):
    """One thing that happened."""

    at: datetime
    kind: TimelineKind
    text: str
    capture: CaptureDocument | None


class IncidentFileDocument(IncidentDocument):
    """An incident with its latest 100 captures, its messages, and what happened, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE_INCIDENT
                | {
                    "captures": [EXAMPLE_INCIDENT["first_capture"]],
                    "deliveries": [EXAMPLE_DELIVERY],
                    "timeline": [EXAMPLE_ENTRY],
                }
            ]
        }
    )

    captures: list[CaptureDocument]
    deliveries: list[DeliveryDocument]
    timeline: list[TimelineEntryDocument]


class ResolveBody(Body):
    """How an incident ended."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"as": "false_alarm", "note": "Only the cat."}]}
    )

    outcome: Literal["real", "false_alarm"] = Field(alias="as")
    note: Annotated[str, OneLine(at_most=500)] | None = None
