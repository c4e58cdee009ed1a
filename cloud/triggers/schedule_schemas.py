"""What the API takes and says of schedules."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cloud.devices.config import Within
from cloud.kit.bodies import Body, NullAs, OneLine, ReadOnly
from cloud.kit.time_zones import TimeZoneName
from cloud.kit.weekly_hours import WeeklyHours
from cloud.triggers.cron import normal_cron
from device.wire import MINIMUM_INTERVAL_SECONDS

LONGEST_INTERVAL_SECONDS = 7 * 24 * 3600
MOST_WINDOWS = 14
LONGEST_CRON = 200

EXAMPLE_ORDER: dict[str, Any] = {
    "interval_seconds": 300,
    "time_zone": "Europe/Zurich",
    "active_hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}],
    "label": "Working hours",
}
EXAMPLE_SCHEDULE: dict[str, Any] = {
    "id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a31",
    **EXAMPLE_ORDER,
    "enabled": True,
    "cron": None,
    "digital_input": False,
    "next": [f"2026-11-23T07:{minute:02}:00.000Z" for minute in range(0, 25, 5)],
}

Cron = Annotated[
    str, Field(max_length=LONGEST_CRON, examples=["0 8 * * MON-FRI"]), AfterValidator(normal_cron)
]


class ActiveHours(WeeklyHours):
    """The hours in which it asks; over midnight where `to` is before `from`, `to` not included."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLE_ORDER["active_hours"]})


class ScheduleBody(Body):
    """When a camera is asked for a picture, in turn: every so often, or by a cron of five fields.

    Where a schedule is changed, what is left out stays as it is, and the one of `interval_seconds`
    and `cron` that is sent takes the place of the other. Without `time_zone` the organization's
    counts; without `active_hours` it asks at any hour. `label` stands on its captures.
    `digital_input` is the camera's `trigger.digital_input_enabled`: one for all its schedules.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE_ORDER, {"cron": "30 7 * * MON-FRI"}]}
    )

    interval_seconds: (
        Annotated[int, Within(MINIMUM_INTERVAL_SECONDS, LONGEST_INTERVAL_SECONDS)] | None
    ) = None
    cron: Cron | None = None
    time_zone: TimeZoneName | None = None
    active_hours: (
        Annotated[list[ActiveHours], Field(min_length=1, max_length=MOST_WINDOWS)] | None
    ) = None
    label: Annotated[str, OneLine(at_most=80), NullAs(str)] = ""
    enabled: bool = True
    digital_input: bool = False
    id: ReadOnly = None
    next: ReadOnly = None

    def said(self) -> dict[str, Any]:
        """Only what was sent."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class ScheduleDocument(BaseModel):
    """A standing order, and the next five moments at which it is due.

    The camera is asked up to 15 seconds after such a moment, each schedule by as much of its own,
    so that not all cameras of a minute are asked at once.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SCHEDULE]})

    id: str
    enabled: bool
    interval_seconds: int | None
    cron: str | None
    time_zone: str
    active_hours: list[ActiveHours] | None
    digital_input: bool
    label: str
    next: list[datetime]


class ScheduleList(BaseModel):
    """A page of a camera's schedules, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"schedules": [EXAMPLE_SCHEDULE], "next_cursor": None}]}
    )

    schedules: list[ScheduleDocument]
    next_cursor: str | None
