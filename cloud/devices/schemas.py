"""The bodies that the routes of devices take, and the answers they give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cloud.devices.activation import UnitStatus
from cloud.devices.config import Within
from cloud.devices.gaps import Gap
from cloud.devices.models import BenefitType, DeviceStatus
from cloud.kit.bodies import Body, Moment, Name, OneLine
from device.wire import MAX_GAPS, CameraState, LossReason

LARGEST_NUMBER = 2**53
"""The largest whole number that JSON carries everywhere."""

EXAMPLE_DEVICE_ID = "VS-7K3M-9QXT-4HWC"
EXAMPLE_KEY = "vdk_…"
EXAMPLE_SETUP: dict[str, Any] = {
    "qr_code_svg": "<svg …></svg>",
    "setup_command": "python -m device pair --url https://visant.example --code 7K3M-9QXT-4HWC",
}
EXAMPLE_BENEFIT: dict[str, Any] = {
    "type": "device_slots",
    "value": 1,
    "message": "1 more camera for your organization.",
}

TypedCode = Annotated[str, OneLine(at_least=1, at_most=64)]
"""An id or code as somebody types it: case, spaces and hyphens do not matter."""

Version = Annotated[str, OneLine(at_least=1, at_most=64)]
Counter = Annotated[int, Within(0, LARGEST_NUMBER)]


class ValidateBody(Body):
    """A unit id as printed on the camera."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"device_id": "VS-7K3M-9QXT-4HWC"}]})

    device_id: TypedCode


class ValidationAnswer(BaseModel):
    """Whether the unit could be activated, and what to do next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_id": EXAMPLE_DEVICE_ID,
                    "status": "available",
                    "can_activate": True,
                    "message": "This camera can be activated.",
                }
            ]
        }
    )

    device_id: str
    status: UnitStatus
    can_activate: bool
    message: str


class ActivateBody(Body):
    """Which unit, what to call it, and a code that may give a slot or something else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_id": "VS-7K3M-9QXT-4HWC",
                    "friendly_name": "Bench camera",
                    "activation_code": "WELCOME-2026",
                }
            ]
        }
    )

    device_id: TypedCode
    activation_code: TypedCode | None = None
    friendly_name: Name | None = None


class BenefitAnswer(BaseModel):
    """What an activation code gave."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_BENEFIT]})

    type: BenefitType
    value: int
    message: str


class EditBody(Body):
    """What to change; an empty location clears it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"friendly_name": "Yard", "status": "paused"}]}
    )

    friendly_name: Name | None = None
    status: DeviceStatus | None = None
    location: Annotated[str, OneLine(at_most=200)] | None = None


class PairingCodeAnswer(BaseModel):
    """A code for the camera, good once within 15 minutes, and the command that uses it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "7K3M-9QXT-4HWC",
                    "expires_at": "2026-11-22T07:45:00.123Z",
                    **EXAMPLE_SETUP,
                }
            ]
        }
    )

    code: str
    expires_at: datetime
    qr_code_svg: str
    setup_command: str


class PairBody(Body):
    """The code that a page of Visant shows."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "7K3M-9QXT-4HWC"}]})

    code: TypedCode


class PairAnswer(BaseModel):
    """What the camera works with from now on. The key is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_id": EXAMPLE_DEVICE_ID,
                    "device_key": EXAMPLE_KEY,
                    "api_url": "https://visant.example",
                    "activation_id": "0197…",
                }
            ]
        }
    )

    device_id: str
    device_key: str
    api_url: str
    activation_id: str


class KeyAnswer(BaseModel):
    """The new key, shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"device_key": EXAMPLE_KEY}]})

    device_key: str


def _in_order(numbers: tuple[int, int]) -> tuple[int, int]:
    if numbers[0] > numbers[1]:
        raise ValueError("must be the first and the last number, in this order")
    return numbers


NumberRange = Annotated[tuple[Counter, Counter], AfterValidator(_in_order)]
SpoolId = Annotated[str, OneLine(at_most=100)]


class GapBody(Body):
    """Sequence numbers in a row, both ends included, that will never come."""

    spool_id: SpoolId
    first: Counter
    last: Counter
    why: LossReason

    @model_validator(mode="after")
    def _is_in_order(self) -> "GapBody":
        _in_order((self.first, self.last))
        return self


class SpoolBody(Body):
    """How full the camera's spool is, and which sequence numbers of it will never come.

    Older clients tell the latter as `dropped_ranges`, under `spool_id` and for no stated reason.
    """

    waiting: Counter
    oldest_at: Moment | None
    dropped: Counter
    dropped_ranges: Annotated[list[NumberRange], Field(max_length=MAX_GAPS)] = Field(
        default_factory=list
    )
    gaps: Annotated[list[GapBody], Field(max_length=MAX_GAPS)] = Field(default_factory=list)
    spool_id: SpoolId | None = None

    def told_gaps(self) -> list[Gap]:
        """What will never come, whoever tells it."""
        spool_id, why = self.spool_id or "", LossReason.UNKNOWN
        unexplained = [Gap(spool_id, why, *numbers) for numbers in self.dropped_ranges]
        return unexplained + [Gap(one.spool_id, one.why, one.first, one.last) for one in self.gaps]


class SequenceBody(Body):
    """The highest sequence number taken, and the highest one acknowledged."""

    taken: Counter
    acked: Counter


class CameraBody(Body):
    """Whether the camera behind the device gives pictures worth the name, and since when."""

    state: CameraState
    since: Moment
    detail: Annotated[str, OneLine(at_most=300)] | None = None


class HeartbeatBody(Body):
    """What a camera says about itself. `interval_seconds` is how often it means to capture.

    `sent_at` is what its clock shows, by which its other times are understood. `output_on` is how
    its digital output is, where it has one.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_version": "1.4.0",
                    "sent_at": "2026-11-22T07:30:31Z",
                    "uptime_seconds": 86400.5,
                    "spool": {"waiting": 2, "oldest_at": "2026-11-22T07:25:00Z", "dropped": 0},
                    "config_version": 3,
                    "sequence": {"taken": 288, "acked": 288},
                    "interval_seconds": 300,
                    "temperature_c": 51.5,
                    "disk_free_bytes": 24_000_000_000,
                }
            ]
        }
    )

    device_version: Version
    sent_at: Moment | None = None
    uptime_seconds: Annotated[float, Within(0, LARGEST_NUMBER)]
    spool: SpoolBody
    config_version: Counter
    sequence: SequenceBody
    interval_seconds: Annotated[float, Within(0.01, 7 * 86_400)] | None = None
    temperature_c: Annotated[float, Within(-100, 250)] | None = None
    disk_free_bytes: Counter | None = None
    camera: CameraBody | None = None
    output_on: bool | None = None


class UpgradeAnswer(BaseModel):
    """The device client is older than is supported: the oldest that is, and what to do."""

    minimum: str
    message: str


class HeartbeatReply(BaseModel):
    """A `config_version` other than the camera's own tells it to fetch its config document.

    `upgrade` is there only where the camera's version is older than is supported.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"config_version": 4, "server_time": "2026-11-22T07:30:00.123Z"}]
        }
    )

    config_version: int
    server_time: datetime
    upgrade: UpgradeAnswer | None = None


class VersionOfDevice(BaseModel):
    device_id: str
    friendly_name: str
    device_version: str | None
    last_seen_at: datetime | None
    upgrade: UpgradeAnswer | None


class CloudVersion(BaseModel):
    """Which Visant runs here, and whether it still works with the device client asked about."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": "1.4.0", "upgrade": None}]}
    )

    version: str
    upgrade: UpgradeAnswer | None


class Versions(BaseModel):
    """What runs here, and on each camera."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cloud_version": "1.4.0",
                    "devices": [
                        {
                            "device_id": EXAMPLE_DEVICE_ID,
                            "friendly_name": "Bench camera",
                            "device_version": "1.4.0",
                            "last_seen_at": "2026-11-22T07:30:31.004Z",
                            "upgrade": None,
                        }
                    ],
                }
            ]
        }
    )

    cloud_version: str
    devices: list[VersionOfDevice]


class SubscriptionAnswer(BaseModel):
    """`trial` until `ends_at`, then `ended`: cameras record on, judging stops."""

    status: str
    ends_at: datetime


class OrganizationAnswer(BaseModel):
    """The organization and what it may have."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a11",
                    "name": "Harbour Labs",
                    "device_limit": 2,
                    "devices_active": 1,
                    "time_zone": "Europe/Berlin",
                    "created_at": "2026-11-01T09:12:44.310Z",
                    "subscription": {"status": "trial", "ends_at": "2026-12-01T09:12:44.310Z"},
                }
            ]
        }
    )

    id: str
    name: str
    device_limit: int
    devices_active: int
    time_zone: str
    created_at: datetime
    subscription: SubscriptionAnswer


class OrganizationBody(Body):
    """What to change of the organization. `time_zone` is an IANA name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Harbour Labs", "time_zone": "Europe/Berlin"}]}
    )

    name: Name | None = None
    time_zone: Annotated[str, OneLine(at_least=1, at_most=64)] | None = None
