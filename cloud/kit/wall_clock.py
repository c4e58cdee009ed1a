"""From a clock on the wall to moments: where clocks are changed, some times never come, some twice.

Times on the wall are without zone; moments are in UTC.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def moments_at(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """When that clock shows this: once, or twice in an hour that is repeated.

    A time that is skipped counts as the next minute that there is.
    """
    while not _comes(wall, zone):
        wall = wall.replace(second=0) + MINUTE
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return (first,) if first == second else (first, second)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What that clock shows at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _comes(wall: datetime, zone: ZoneInfo) -> bool:
    return wall_of(wall.replace(tzinfo=zone).astimezone(UTC), zone) == wall
