"""What a camera's gallery is filtered by, as it stands in the address of its page."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator

from cloud.accounts.preferences import Preset, ShownState
from cloud.captures.queries import CaptureFilters
from cloud.captures.upload import LONGEST_LABEL
from cloud.kit.bodies import UNSTORABLE, clean_line

LONGEST_SEARCH = 200
DAY = timedelta(days=1)

SPAN: Final = "span"
Chosen = Preset | Literal["", "span"]
"""A preset, nothing, or a span of the reader's own."""

YEARS: Final = range(2000, 2200)


def _check_year(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueError(f"must be of a year from {YEARS.start} to {YEARS.stop - 1}")
    return moment


Moment = Annotated[datetime, AfterValidator(_check_year)]
"""Far from the ends of the calendar, where no clock of another zone can show it."""

Span = tuple[datetime | None, datetime | None]
"""From when, included, to when, excluded."""


@dataclass(frozen=True)
class Filters:
    """As chosen in the form; empty filters nothing."""

    states: tuple[ShownState, ...] = ()
    preset: Chosen = ""
    trigger_label: str = ""
    q: str = ""
    from_: datetime | None = None
    """With `to`, heeded where the preset is `span`. Without a zone they are of the reader's."""
    to: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    @property
    def query(self) -> str:
        """As they stand in an address."""
        named = {
            "preset": self.preset,
            "trigger_label": self.trigger_label,
            "q": self.q,
            "from": self.from_.isoformat() if self.from_ else "",
            "to": self.to.isoformat() if self.to else "",
        }
        states = [("state", str(state)) for state in self.states]
        return urlencode([*states, *((name, value) for name, value in named.items() if value)])

    def of_device(self, device_id: UUID, zone: tzinfo, now: datetime) -> CaptureFilters:
        """What to ask the captures for. `device_id` is the id of the device's row."""
        from_, to = self.span(zone, now)
        return CaptureFilters(
            device_id=device_id,
            states=self.states,
            text=self.q or None,
            from_=from_,
            to=to,
            trigger_label=self.trigger_label or None,
        )

    def span(self, zone: tzinfo, now: datetime) -> Span:
        if self.preset == SPAN:
            return in_zone(self.from_, zone), in_zone(self.to, zone)
        return span_of(self.preset, zone, now)


def in_zone(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """As the reader's clock shows it, unless it names its own zone."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone)


def span_of(preset: Chosen, zone: tzinfo, now: datetime) -> Span:
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
    preset: Chosen = "",
    trigger_label: Annotated[str, Query(max_length=LONGEST_LABEL)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    from_: Annotated[Moment | Literal[""], Query(alias="from")] = "",
    to: Moment | Literal[""] = "",
) -> Filters:
    return Filters(
        tuple(state or ()),
        preset,
        _storable(trigger_label),
        _storable(q),
        from_ or None,
        to or None,
    )


def _storable(text: str) -> str:
    return str(clean_line(UNSTORABLE.sub("", text))).strip()


TheFilters = Annotated[Filters, Depends(_read_filters)]
