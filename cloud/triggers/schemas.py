"""What the API says of triggers."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from cloud.triggers.models import TriggerKind, TriggerStatus

EXAMPLE_TRIGGER: dict[str, Any] = {
    "trigger_id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a21",
    "device_id": "VS-7K3M-9QXT-4HPA",
    "kind": "manual",
    "requested_by": "ada@example.com",
    "requested_at": "2026-11-22T07:30:00.123Z",
    "schedule_id": None,
    "due_at": None,
    "sent_at": "2026-11-22T07:30:00.204Z",
    "executed_at": "2026-11-22T07:30:02.871Z",
    "status": "executed",
    "record_id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a11",
    "error": None,
}


class AskedAnswer(BaseModel):
    """An asking that was taken: on its way, or kept until the camera listens."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "trigger_id": EXAMPLE_TRIGGER["trigger_id"],
                    "status": "sent",
                    "connected": True,
                }
            ]
        }
    )

    trigger_id: str
    status: Literal["sent", "queued"]
    connected: bool


class TriggerDocument(BaseModel):
    """One asking, and what became of it. `record_id` is the capture that it led to.

    A scheduled one names its schedule and when it was due. It was `missed` where nothing was asked
    for at that moment. `error` says in words why one was missed, has failed or has expired.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_TRIGGER]})

    trigger_id: str
    device_id: str
    kind: TriggerKind
    requested_by: str | None
    requested_at: datetime
    schedule_id: str | None
    due_at: datetime | None
    sent_at: datetime | None
    executed_at: datetime | None
    status: TriggerStatus
    record_id: str | None
    error: str | None


class TriggerList(BaseModel):
    """A page of triggers, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"triggers": [EXAMPLE_TRIGGER], "next_cursor": None}]}
    )

    triggers: list[TriggerDocument]
    next_cursor: str | None
