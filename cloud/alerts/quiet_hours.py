"""Quiet hours: when nobody is to be told, by the clock on the wall of a place.

What comes due inside is held back and sent when they are over (`cloud.alerts.admitting`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cloud.kit.weekly_hours import Window, is_active, next_closing

MOST_ENDS = 14
"""How many ends are looked at, each in the midst of other quiet hours: a week's, and more."""


@dataclass(frozen=True)
class QuietHours:
    """Some hours of the week at one place."""

    window: Window
    zone: ZoneInfo

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "QuietHours":
        """From what a request's `quiet_hours` entry was kept as."""
        return cls(Window.read(kept), ZoneInfo(kept["time_zone"]))

    @property
    def document(self) -> dict[str, Any]:
        """As the outside sees it."""
        return {**self.window.document, "time_zone": self.zone.key}

    def end_after(self, moment: datetime) -> datetime | None:
        """When they end, if they hold this moment."""
        if not is_active((self.window,), moment, self.zone):
            return None
        return next_closing((self.window,), moment, self.zone)


def quiet_until(hours: Iterable[QuietHours], moment: datetime) -> datetime | None:
    """When it is not quiet any more; None where it is not quiet at this moment.

    Hours that touch or overlap are one stretch. Of hours without end it is a week or two on.
    """
    known = tuple(hours)
    until = moment
    for _ in range(MOST_ENDS):
        ends = [end for each in known if (end := each.end_after(until)) is not None]
        if not ends:
            break
        until = max(ends)
    return None if until == moment else until
