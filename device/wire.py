"""The wire contract between a camera and the cloud: names, paths, bodies, ranges.

This is the only module of `device` that the cloud imports, so it is plain standard library and
does nothing by itself. What is written here is public: cameras in the field rely on it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NotRequired, TypedDict

# Where the camera calls.
CAPTURES_PATH: Final = "/v1/captures"
HEARTBEAT_PATH: Final = "/v1/devices/{device_id}/heartbeat"
CONFIG_PATH: Final = "/v1/devices/{device_id}/config"
PAIR_PATH: Final = "/v1/devices/pair"
VERSION_PATH: Final = "/v1/version/cloud"
COMMANDS_PATH: Final = "/v1/devices/{device_id}/commands"
ACK_PATH: Final = "/v1/devices/{device_id}/commands/{command_id}/ack"
DEVICE_VERSION_PARAMETER: Final = "device_version"

# How the camera says who it is, and what it hears about waiting.
AUTHORIZATION_HEADER: Final = "Authorization"
BEARER: Final = "Bearer"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
RETRY_AFTER_HEADER: Final = "Retry-After"
LAST_EVENT_ID_HEADER: Final = "Last-Event-ID"
DEVICE_KEY_PREFIX: Final = "vdk_"
PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

# The parts of an upload (multipart/form-data).
IMAGE_FIELD: Final = "image"
CAPTURED_AT_FIELD: Final = "captured_at"
SEQUENCE_FIELD: Final = "sequence"
SPOOL_ID_FIELD: Final = "spool_id"
TRIGGER_ID_FIELD: Final = "trigger_id"
TRIGGER_LABEL_FIELD: Final = "trigger_label"
METADATA_FIELD: Final = "metadata"
TIMING_FIELD: Final = "timing"

IMAGE_MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
MAX_METADATA_BYTES: Final = 8 * 1024
CREATED: Final = 201
REPEATED: Final = 200
NEVER_TAKEN: Final = (409, 413, 415, 422)
"""Statuses that, with a problem body of ours, say that this very upload will never be taken."""

NUMBER_USED: Final = "idempotency_conflict"
"""The code of a 409 which says that another picture came under this spool id and sequence."""

MINIMUM_INTERVAL_SECONDS: Final = 7.0
"""The shortest time between two captures of a real camera; the cloud enforces it too."""

MINIMUM_DEVICE_VERSION: Final = "0.1.0"
"""The oldest device client that the cloud supports; an older one is told to be upgraded."""

MAX_GAPS: Final = 50
"""So many gaps one heartbeat names at the most."""

INTERVAL_LABEL: Final = "interval"
"""The trigger label of captures that the camera takes by itself."""

INPUT_LABEL: Final = "input"
"""The trigger label of captures that the camera's digital input asked for; they have no id."""

PING_SECONDS: Final = 15.0
"""How often the command stream says something, unless `connected` names another time."""

OUTPUT_HELD_SECONDS: Final = 120.0
"""So long after the cloud's last word a digital output stays on; then it goes to its safe state."""

SILENT_PINGS: Final = 3
"""So many pings missed mean that the stream is dead, whatever the connection says."""


class CommandEvent(StrEnum):
    """What the cloud says on the command stream."""

    CONNECTED = "connected"
    CAPTURE = "capture"
    CONFIG = "config"
    OUTPUT = "output"
    RELEASE = "release"
    PING = "ping"


class AckStatus(StrEnum):
    """How far the camera is with a command. One that expired on the way is `failed`."""

    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"


class CameraState(StrEnum):
    """What a real camera gives: pictures, black ones, the very same one again, or none."""

    OK = "ok"
    BLACK = "black"
    FROZEN = "frozen"
    NO_PICTURE = "no_picture"


CAMERA_METADATA: Final = "camera"
"""Under this name a capture's metadata says `black` or `frozen` of its own picture."""


PRIVACY_METADATA: Final = "privacy"
"""Under this name a capture's metadata says which masks were painted: how many, and the hash."""


class ConnectedEvent(TypedDict):
    """The first message of a stream.

    `scheduled` (also in `config`): the cloud has schedules for this camera and asks by them, so the
    camera's own interval rests while the stream is up. Left out, it goes on. `output_on`: whether
    the digital output is to be on.
    """

    device_id: str
    server_time: str
    config_version: int
    scheduled: NotRequired[bool]
    output_on: NotRequired[bool]
    ping_seconds: NotRequired[float]


class CaptureCommand(TypedDict):
    """Take a picture. After `expires_at` (RFC 3339, by the cloud's clock) nobody wants it."""

    command_id: str
    trigger_id: str
    kind: str
    label: NotRequired[str | None]
    expires_at: str


class ConfigEvent(TypedDict):
    """The configuration in force from now on."""

    config_version: int
    config: dict[str, object]
    scheduled: NotRequired[bool]


class OutputEvent(TypedDict):
    """The digital output is to be on or off from now on: an incident is open here, or none is."""

    on: bool


class AckBody(TypedDict):
    """What became of a command."""

    status: AckStatus
    detail: NotRequired[str]
    capture_record_id: NotRequired[str]


class Timing(TypedDict):
    """The device's own marks of a capture, as RFC 3339 times by the device's clock.

    `counted_back` is `sent` less the picture's age in counted seconds, where the device knows it: a
    clock that was set between `captured` and `sent` changes nothing about the time between the two.
    """

    captured: str
    sent: NotRequired[str]
    counted_back: NotRequired[str]


class PairAnswer(TypedDict):
    """What a camera gets for its pairing code: who it is, its key, and where the cloud is.

    `activation_id` is another after each activation of the unit, and the same for all its keys
    until its release.
    """

    device_id: str
    device_key: str
    api_url: str
    activation_id: NotRequired[str]


class CaptureAnswer(TypedDict):
    """What the camera needs of the answer to an upload; the answer holds more."""

    record_id: str
    sha256: str


class LossReason(StrEnum):
    """Why a picture will never come.

    There was no room for it, it waited too long to be sent, its file is gone, changed or cannot be
    read, or the cloud refused it for good. Clients of before wrote no reason down.
    """

    NO_ROOM = "no_room"
    WAITED_TOO_LONG = "waited_too_long"
    DAMAGED = "damaged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class GapReport(TypedDict):
    """Sequence numbers in a row under one spool id, both ends included, that will never come."""

    spool_id: str
    first: int
    last: int
    why: LossReason


class SpoolReport(TypedDict):
    """How full the camera's spool is. `oldest_at` is RFC 3339, null when nothing waits.

    `dropped` counts what was lost on the camera; `gaps` names what will never come, and is sent
    until a heartbeat that held it was answered with 200. Clients of before named the newest of it
    in each heartbeat, as `dropped_ranges`: first and last number under `spool_id`.
    """

    waiting: int
    oldest_at: str | None
    dropped: int
    dropped_ranges: NotRequired[list[list[int]]]
    gaps: NotRequired[list[GapReport]]
    spool_id: NotRequired[str]


class SequenceReport(TypedDict):
    """The highest sequence number taken, and the highest one the cloud has acknowledged."""

    taken: int
    acked: int


class CameraReport(TypedDict):
    """How a real camera is, and since when (RFC 3339 by the device's clock)."""

    state: CameraState
    since: str
    detail: NotRequired[str]


class HeartbeatBody(TypedDict):
    """What a camera says about itself. `interval_seconds` is how often it means to capture.

    `sent_at` is what its clock shows, RFC 3339, by which the cloud understands its other times.
    `output_on` is how its digital output is, where it has one.
    """

    device_version: str
    sent_at: NotRequired[str]
    uptime_seconds: float
    spool: SpoolReport
    config_version: int
    sequence: SequenceReport
    interval_seconds: NotRequired[float]
    temperature_c: NotRequired[float]
    disk_free_bytes: NotRequired[int]
    camera: NotRequired[CameraReport]
    output_on: NotRequired[bool]


class UpgradeHint(TypedDict):
    """The oldest version that the cloud supports, and what to do in words."""

    minimum: str
    message: str


class HeartbeatAnswer(TypedDict):
    """A `config_version` other than the camera's own tells it to fetch its config document.

    `upgrade` is there where the camera's version is older than the cloud supports.
    """

    config_version: int
    server_time: str
    upgrade: NotRequired[UpgradeHint]


@dataclass(frozen=True)
class Range:
    """What a number of the config document may be, both ends included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value may be used as it is."""
        return self.low <= value <= self.high

    def clamp(self, value: float) -> float:
        """The nearest value that may be used."""
        return min(max(value, self.low), self.high)


WIDTH: Final = Range(160, 8192)
HEIGHT: Final = Range(120, 8192)
QUALITY: Final = Range(30, 100)
WARMUP: Final = Range(0, 30)
TRIGGER_INTERVAL: Final = Range(MINIMUM_INTERVAL_SECONDS, 86_400)
HEARTBEAT_INTERVAL: Final = Range(5, 3_600)


@dataclass(frozen=True)
class CaptureConfig:
    """How a picture is taken: pixels, JPEG quality, seconds for the exposure to settle."""

    width: int = 1280
    height: int = 720
    quality: int = 85
    warmup: float = 1.0


@dataclass(frozen=True)
class TriggerConfig:
    """When the camera takes one by itself."""

    enabled: bool = True
    interval_seconds: float = 300.0
    digital_input_enabled: bool = False


@dataclass(frozen=True)
class HeartbeatConfig:
    """How often the camera says that it is alive."""

    interval_seconds: float = 60.0


Mask = tuple[tuple[float, float], ...]
"""A polygon of (x, y) in fractions of the picture's width and height."""


def mask_version(masks: Sequence[Mask]) -> str:
    """A short name for these very masks: 16 hex digits of the SHA-256 of their JSON."""
    plain = [[[float(x), float(y)] for x, y in mask] for mask in masks]
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class PrivacyConfig:
    """What is painted over before a picture leaves the camera."""

    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True)
class DeviceConfig:
    """The sections of the config document that the camera uses; the document may hold more."""

    capture: CaptureConfig = field(default_factory=CaptureConfig)
    trigger: TriggerConfig = field(default_factory=TriggerConfig)
    heartbeat: HeartbeatConfig = field(default_factory=HeartbeatConfig)
    privacy: PrivacyConfig = field(default_factory=PrivacyConfig)
