"""What the routes that show whole cameras answer."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from cloud.captures.schemas import EXAMPLE_CAPTURE, CaptureDocument
from cloud.devices.models import DeviceStatus
from cloud.devices.schemas import (
    EXAMPLE_BENEFIT,
    EXAMPLE_KEY,
    EXAMPLE_SETUP,
    BenefitAnswer,
    UpgradeAnswer,
)
from cloud.watch.truth import Watching, WatchReason

EXAMPLE_DEVICE: dict[str, Any] = {
    "device_id": "VS-7K3M-9QXT-4HWC",
    "friendly_name": "Bench camera",
    "status": "active",
    "snoozed_until": None,
    "location": "Hall 2",
    "is_online": True,
    "watching": {
        "state": "watching",
        "code": "judged",
        "reason": "The last picture was judged 41 seconds ago.",
        "since": "2026-11-22T07:30:00.801Z",
    },
    "learning": None,
    "last_seen_at": "2026-11-22T07:30:31.004Z",
    "last_ip": "203.0.113.7",
    "device_version": "1.4.0",
    "upgrade": None,
    "heartbeat": {
        "uptime_seconds": 86400.5,
        "temperature_c": 51.5,
        "disk_free_bytes": 24_000_000_000,
        "spool_waiting": 2,
        "spool_oldest_at": "2026-11-22T07:25:00Z",
        "spool_dropped": 0,
        "output_on": False,
        "camera_trouble": None,
    },
    "config_version": 3,
    "activated_at": "2026-11-01T09:12:44.310Z",
    "latest_capture": EXAMPLE_CAPTURE,
    "fresh_until": "2026-11-22T07:38:45.123Z",
    "counts_24h": {"due": 288, "received": 286, "evaluated": 286, "abnormal": 1},
}


class WatchingAnswer(BaseModel):
    """Whether the camera is really being watched, why not, and since when."""

    state: Watching
    code: WatchReason
    reason: str
    since: datetime


class LearningAnswer(BaseModel):
    """How many normal captures the baseline has, and how many it needs."""

    have: int
    need: int


class HeartbeatFacts(BaseModel):
    """How the camera's computer was when it last said so; null where it said nothing of it."""

    uptime_seconds: float | None
    temperature_c: float | None
    disk_free_bytes: int | None
    spool_waiting: int | None
    spool_oldest_at: datetime | None
    """When the oldest picture that waits there was taken; null too where the camera's clock says
    what cannot be."""
    spool_dropped: int | None
    output_on: bool | None
    camera_trouble: str | None
    """Why the camera behind it gives no picture worth the name, in its words."""


class Counts(BaseModel):
    """The last 24 hours."""

    due: int
    received: int
    evaluated: int
    abnormal: int


class DeviceAnswer(BaseModel):
    """A camera, and whether it is really being watched."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_DEVICE]})

    device_id: str
    friendly_name: str
    status: DeviceStatus
    snoozed_until: datetime | None
    """Until when nobody is told of it; null where it is not snoozed."""
    location: str | None
    is_online: bool
    watching: WatchingAnswer
    learning: LearningAnswer | None
    last_seen_at: datetime | None
    last_ip: str | None
    device_version: str | None
    upgrade: UpgradeAnswer | None
    heartbeat: HeartbeatFacts | None
    config_version: int
    activated_at: datetime
    latest_capture: CaptureDocument | None
    fresh_until: datetime | None
    """Until when the newest capture shows what is there now; the next is overdue then."""
    counts_24h: Counts


class DeviceList(BaseModel):
    """A page of cameras, the one activated last first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"devices": [EXAMPLE_DEVICE], "next_cursor": None}]}
    )

    devices: list[DeviceAnswer]
    next_cursor: str | None


class ActivationAnswer(BaseModel):
    """The new camera. Its key is shown this once; command and QR carry a pairing code instead."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device": EXAMPLE_DEVICE | {"latest_capture": None, "fresh_until": None},
                    "device_key": EXAMPLE_KEY,
                    **EXAMPLE_SETUP,
                    "benefit": EXAMPLE_BENEFIT,
                }
            ]
        }
    )

    device: DeviceAnswer
    device_key: str
    setup_command: str
    qr_code_svg: str
    benefit: BenefitAnswer | None
