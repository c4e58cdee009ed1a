"""When people are told: the choices as the fields of a form."""

from collections.abc import Mapping
from typing import Any

from cloud.alerts.notification_schemas import (
    LONGEST_ABSENCE_MINUTES,
    LONGEST_COOLDOWN_MINUTES,
)
from cloud.alerts.notifications import Notifications
from cloud.devices.config import Within
from cloud.kit.errors import FieldError, Malformed
from cloud.web.forms import Form
from cloud.web.settings.orders import say_window

TICKS = ("enabled", "on_uncertain", "daily_digest")
BOUNDS = {
    "cooldown_minutes": Within(0, LONGEST_COOLDOWN_MINUTES),
    "on_offline_after_minutes": Within(1, LONGEST_ABSENCE_MINUTES),
}
"""What each number may be."""

MAY_BE_EMPTY = frozenset({"on_offline_after_minutes"})
"""Then it never happens."""

CHOICES = (*TICKS, *BOUNDS)

OF_CAMERA = {*CHOICES, "channels", "quiet_hours", "escalation"} - {"daily_digest"}
"""What a camera may do otherwise than its organization."""


def read_choices(form: Form) -> dict[str, Any]:
    """What is chosen of what stands on the form. Raises Malformed, a sentence for each wrong field.

    A box that is not ticked is on the form by an empty field of its name.
    """
    chosen: dict[str, Any] = {name: bool(form.text(name)) for name in TICKS if name in form.fields}
    wrong = []
    for name in BOUNDS.keys() & form.fields.keys():
        try:
            typed = form.text(name).strip()
            is_never = not typed and name in MAY_BE_EMPTY
            chosen[name] = None if is_never else read_number(typed, BOUNDS[name])
        except ValueError as error:
            wrong.append(FieldError(name, str(error)))
    if wrong:
        raise Malformed("form_malformed", "Look at the fields named.", errors=tuple(wrong))
    return chosen


def find_changes(chosen: Mapping[str, Any], in_force: Notifications) -> dict[str, Any]:
    """What differs from what is in force: what nobody touched stays inherited, or the default."""
    return {name: value for name, value in chosen.items() if getattr(in_force, name) != value}


def keep_typed(in_force: Notifications, typed: Form | None) -> dict[str, Any]:
    """The values of the fields: as in force, or as somebody has typed them, right or wrong."""
    values = {name: getattr(in_force, name) for name in CHOICES}
    sent = {} if typed is None else {name: typed.text(name) for name in typed.fields}
    values |= {name: sent[name] for name in CHOICES if name in sent}
    return {name: "" if value is None else value for name, value in values.items()}


def say_quiet_hours(in_force: Notifications) -> list[dict[str, str]]:
    """Each stretch in words: `Mon to Fri 22:00 to 06:00`, and by which clock."""
    documents = [hours.document for hours in in_force.quiet_hours]
    return [{"words": say_window(each), "time_zone": each["time_zone"]} for each in documents]


def read_number(typed: str, within: Within) -> int:
    """A whole number. Raises ValueError with what it may be."""
    number = int(typed) if typed.isascii() and typed.isdigit() else -1
    if not within.low <= number <= within.high:
        raise ValueError(f"Must be a whole number from {within.low:,g} to {within.high:,g}.")
    return number
