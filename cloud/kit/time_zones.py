"""Names of time zones, as the IANA database has them (`Europe/Zurich`)."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

REGIONS = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)


@cache
def time_zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def offered_time_zones() -> tuple[str, ...]:
    """Those that a form proposes: places, and UTC. The others are old names of the same."""
    places = (name for name in time_zone_names() if name.partition("/")[0] in REGIONS)
    return ("UTC", *sorted(places))


def _known(name: str) -> str:
    if name not in time_zone_names():
        raise ValueError("This is not a time zone. It looks like Europe/Zurich, or UTC.")
    return name


TimeZoneName = Annotated[
    str,
    Field(max_length=64, examples=["Europe/Zurich"]),
    AfterValidator(_known),
]
