"""The time, in UTC, and the one way it is written down."""

from datetime import UTC, datetime
from typing import Final

OUR_CALENDAR: Final = range(1900, 9999)
"""Years in which every moment has a date in each zone, and days before and after it to reckon with.

No clock that runs shows others, not even one that was never set.
"""

CALENDAR_BEGINS: Final = datetime(OUR_CALENDAR.start, 1, 1, tzinfo=UTC)
CALENDAR_ENDS: Final = datetime(OUR_CALENDAR.stop, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Now by this machine's clock. Leases go by the database's clock instead."""
    return datetime.now(UTC)


def is_in_calendar(moment: datetime) -> bool:
    return CALENDAR_BEGINS <= moment < CALENDAR_ENDS


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T07:30:00.123Z`: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
