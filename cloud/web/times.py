"""Times as people read them: how long ago, and exactly when in their own zone.

`relative-time.js` says the same words in the browser, so that a page left open stays true.
"""

from datetime import date, datetime, timedelta, tzinfo

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
JUST_NOW = 5
HOURS_UNTIL_DAYS = 48 * HOUR


def say_span(span: timedelta) -> str:
    """A length of time in its largest sensible unit: `41 s`, `12 min`, `3 h`, `2 d`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < HOURS_UNTIL_DAYS:
        return f"{seconds // HOUR} h"
    return f"{seconds // DAY} d"


def say_duration(seconds: float) -> str:
    """How long something took that is mostly short: `12 ms`, `1.4 s`, from a minute on `3 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    return say_span(timedelta(seconds=seconds))


def say_ago(moment: datetime, now: datetime) -> str:
    """How long ago `moment` was; a clock that runs a little ahead of ours reads as just now."""
    span = now - moment
    if span < timedelta(seconds=JUST_NOW):
        return "just now"
    return f"{say_span(span)} ago"


def say_moment(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """Exactly when, to the second, in `zone`: `22 Nov, 08:30:12`, with the year if not this one."""
    local = moment.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M:%S}"


def say_zoned(moment: datetime, zone: tzinfo) -> str:
    """Exactly when, with the weekday and the zone's name: for hovering."""
    return f"{moment.astimezone(zone):%A %-d %B %Y, %H:%M:%S %Z}"


def say_date(day: date, today: date) -> str:
    """A day in a table: `22 Nov`, with the year if not this one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {day:%b}{year}"


def say_day(day: date, today: date) -> str:
    """A day by its name, with the year if not this one."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year}"
