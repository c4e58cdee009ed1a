"""Standing orders in plain words: what a form chooses, and how an order is said.

A form names one of a few presets, "every day at 08:00", or says its own interval or cron. All of
them become what the API's schedules are.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cloud.kit.errors import FieldError, Malformed
from cloud.kit.weekly_hours import DAYS
from cloud.triggers.schedule_schemas import ScheduleBody
from cloud.web.forms import Form, validate

MINUTE, HOUR = 60, 3600
INTERVALS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)
DAILY = {"daily": "*", "workdays": "MON-FRI"}
"""Presets with a time of day, and the days of the week that their cron names."""

DAILY_CRON = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* (\*|MON-FRI)")
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def presets() -> list[tuple[str, str]]:
    """What a form offers: each choice with its words."""
    return [
        *[(f"every-{seconds}", _say_interval(seconds)) for seconds in INTERVALS],
        ("daily", "every day at"),
        ("workdays", "Monday to Friday at"),
        ("interval", "another interval"),
        ("cron", "a cron"),
    ]


def read_order(form: Form) -> ScheduleBody:
    """The order that a form describes. Raises Malformed with a sentence for each wrong field."""
    given: dict[str, Any] = {
        "label": form.text("label"),
        "time_zone": form.text("time_zone") or None,
        "active_hours": _read_hours(form),
        **_read_times(form),
    }
    try:
        return validate(ScheduleBody, given)
    except Malformed as malformed:
        errors = tuple(FieldError(_place(one), one.message) for one in malformed.errors)
        raise Malformed(malformed.code, malformed.detail, errors=errors) from None


def say_order(schedule: Mapping[str, Any]) -> str:
    """When a schedule asks: `every 5 minutes`, `every day at 08:00, Mon to Fri 08:00 to 18:00`."""
    seconds, cron = schedule["interval_seconds"], schedule["cron"]
    times = _say_interval(seconds) if seconds is not None else _say_cron(cron)
    return ", ".join([times, *[say_window(window) for window in schedule["active_hours"] or []]])


def say_window(window: Mapping[str, Any]) -> str:
    """Some hours of the week: `Mon to Fri 08:00 to 18:00`."""
    return f"{_say_days(window['days'])} {window['from']} to {window['to']}"


def _read_times(form: Form) -> dict[str, Any]:
    chosen = form.text("when")
    if chosen in DAILY:
        at = TIME_OF_DAY.fullmatch(form.text("at"))
        if at is None:
            raise _wrong("at", "Say a time of day, such as 08:00.")
        return {"cron": f"{int(at[2])} {int(at[1])} * * {DAILY[chosen]}"}
    if chosen == "cron":
        return {"cron": form.text("cron")}
    typed = chosen.removeprefix("every-") if chosen != "interval" else form.text("interval_seconds")
    return {"interval_seconds": int(typed) if typed.isascii() and typed.isdigit() else typed}


def _read_hours(form: Form) -> list[dict[str, Any]] | None:
    days, begin, end = form.texts("days"), form.text("from"), form.text("to")
    if not (days or begin or end):
        return None
    return [{"days": days or list(DAYS), "from": begin or "00:00", "to": end or "24:00"}]


def _place(error: FieldError) -> str:
    """The field of the form that an error of the body is about."""
    return error.field.split(".")[0]


def _wrong(field: str, sentence: str) -> Malformed:
    return Malformed("form_malformed", sentence, errors=(FieldError(field, sentence),))


def _say_interval(seconds: int) -> str:
    for size, unit in ((HOUR, "hour"), (MINUTE, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    raise AssertionError("every number is a multiple of one")


def _say_cron(cron: str) -> str:
    daily = DAILY_CRON.fullmatch(cron)
    if daily is None:
        return f"by the cron {cron}"
    days = "every day" if daily[3] == "*" else "Monday to Friday"
    return f"{days} at {int(daily[2]):02}:{int(daily[1]):02}"


def _say_days(days: Sequence[str]) -> str:
    places = sorted(DAYS.index(day) for day in days)
    if len(places) == len(DAYS):
        return "daily"
    first, last = places[0], places[-1]
    if len(places) > 2 and last - first == len(places) - 1:  # noqa: PLR2004  # two are named
        return f"{DAYS[first].title()} to {DAYS[last].title()}"
    return ", ".join(DAYS[place].title() for place in places)
