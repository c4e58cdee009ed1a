"""Spans of time in words: `41 seconds`, `12 minutes`, `3 hours`, `2 days`."""

from datetime import timedelta

UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
FROM_TWO_ON = 2


def in_words(span: timedelta) -> str:
    """The span in its largest unit of which there are two, whole ones, rounded down."""
    seconds = max(0, int(span.total_seconds()))
    for length, name in UNITS:
        if seconds >= FROM_TWO_ON * length:
            return f"{seconds // length} {name}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
