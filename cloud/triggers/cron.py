"""The five fields of a cron, as people may write them."""

from datetime import datetime

from cronsim import CronSim, CronSimError

FIELDS = 5

ALLOWED = {
    "Bad minute": "its minute must be 0 to 59",
    "Bad hour": "its hour must be 0 to 23",
    "Bad day-of-month": "its day of the month must be 1 to 31, one that its months have, L or LW",
    "Bad month": "its month must be 1 to 12, or JAN to DEC",
    "Bad day-of-week": "its day of the week must be 0 to 7 or SUN to SAT, such as MON#1 or 5L",
}
"""What is allowed, by what CronSim says of each field."""

ANY_DAY = datetime(2024, 1, 1)  # noqa: DTZ001  # only the fields are looked at


def normal_cron(text: str) -> str:
    """The same cron, its fields one space apart. Raises ValueError, whose sentence says why."""
    fields = text.upper().split()
    if len(fields) != FIELDS:
        raise ValueError(
            "must have five fields: minute, hour, day of the month, month, day of the week; "
            "for pictures less than a minute apart use interval_seconds"
        )
    try:
        CronSim(" ".join(fields), ANY_DAY)
    except CronSimError as error:
        raise ValueError(f"cannot be read: {ALLOWED.get(str(error), str(error))}") from error
    return " ".join(fields)
