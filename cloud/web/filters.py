"""What a camera's gallery is filtered by, as it stands in the address of its page."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query

from cloud.accounts.preferences import Preset, ShownState
from cloud.captures.queries import CaptureFilters
from cloud.captures.upload import LONGEST_LABEL
from cloud.kit.bodies import UNSTORABLE, clean_line

LONGEST_SEARCH = 200
DAY = timedelta(days=1)

Span = tuple[datetime | None, datetime | None]
"""From when, included, to when, excluded."""


@dataclass(frozen=True)
class Filters:
    """As chosen in the form; empty filters nothing."""

    states: tuple[ShownState, ...] = ()
    preset: Preset | Literal[""] = ""
    trigger_label: str = ""
    q: str = ""

    def of_device(self, device_id: UUID, zone: tzinfo, now: datetime) -> CaptureFilters:
        """What to ask the captures for. `device_id` is the id of the device's row."""
        from_, to = span_of(self.preset, zone, now)
        return CaptureFilters(
            device_id=device_id,
            states=self.states,
            text=self.q or None,
            from_=from_,
            to=to,
            trigger_label=self.trigger_label or None,
        )


def span_of(preset: Preset | Literal[""], zone: tzinfo, now: datetime) -> Span:
    """The span of a preset; a day is one of the reader's zone, however long it was."""
    today = now.astimezone(zone).date()
    match preset:
        case Preset.HOUR:
            return now - timedelta(hours=1), None
        case Preset.TODAY:
            return datetime.combine(today, time(), zone), None
        case Preset.YESTERDAY:
            return (
                datetime.combine(today - DAY, time(), zone),
                datetime.combine(today, time(), zone),
            )
        case Preset.WEEK:
            return now - 7 * DAY, None
        case _:
            return None, None


async def _read_filters(
    state: Annotated[list[ShownState] | None, Query()] = None,
    preset: Preset | Literal[""] = "",
    trigger_label: Annotated[str, Query(max_length=LONGEST_LABEL)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
) -> Filters:
    return Filters(tuple(state or ()), preset, _storable(trigger_label), _storable(q))


def _storable(text: str) -> str:
    return str(clean_line(UNSTORABLE.sub("", text))).strip()


TheFilters = Annotated[Filters, Depends(_read_filters)]
