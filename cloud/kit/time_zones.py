"""Names of time zones, as the IANA database has them (`Europe/Zurich`)."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field


@cache
def time_zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def _known(name: str) -> str:
    if name not in time_zone_names():
        raise ValueError("This is not a time zone. It looks like Europe/Zurich, or UTC.")
    return name


TimeZoneName = Annotated[
    str,
    Field(max_length=64, examples=["Europe/Zurich"]),
    AfterValidator(_known),
]
