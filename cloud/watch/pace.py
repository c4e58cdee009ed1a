"""When a camera's pictures are due: by its schedules where it has any, else by its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cloud.devices.commands import LIVES_FOR
from cloud.kit.weekly_hours import is_active, next_edge
from cloud.triggers.punctuality import most_spread
from cloud.triggers.schedules import read_timetable
from cloud.triggers.timetable import Timetable, count_moments, next_moment

LATE_AFTER_INTERVALS = 0.75
LATE_AFTER_AT_LEAST = timedelta(seconds=5)
"""What an upload may take, where intervals are short."""

GONE_AFTER_AT_LEAST = timedelta(seconds=30)

NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Order:
    """A schedule that is in force, and since when."""

    timetable: Timetable
    since: datetime

    @property
    def is_always_active(self) -> bool:
        return not self.timetable.active_hours


@dataclass(frozen=True)
class Pace:
    """When the pictures that follow one of some time are due, late, and gone."""

    interval: timedelta
    orders: tuple[Order, ...] = ()

    def due_after(self, moment: datetime) -> datetime:
        """When the next picture is due."""
        return self._next_due(moment)[0]

    def late_at(self, moment: datetime) -> datetime:
        """Until when the next picture may take. An asking of a schedule lives only so long."""
        due, spread = self._next_due(moment)
        gap = self.due_after(due) - due
        patience = max(LATE_AFTER_INTERVALS * gap, LATE_AFTER_AT_LEAST)
        return due + (min(patience, LIVES_FOR) + spread if self.orders else patience)

    def gone_at(self, moment: datetime) -> datetime:
        """Until when nobody can say that it is not watched: three pictures have to be missed."""
        due, spread = self._next_due(moment)
        third = self.due_after(self.due_after(due))
        return max(third, due + GONE_AFTER_AT_LEAST) + spread

    def is_resting(self, now: datetime) -> bool:
        """Whether it is outside the active hours of every schedule."""
        return bool(self.orders) and not any(
            is_active(order.timetable.active_hours, now, order.timetable.zone)
            for order in self.orders
        )

    def next_edge(self, now: datetime) -> datetime:
        """When some active hours next begin or end."""
        edges = (
            next_edge(order.timetable.active_hours, now, order.timetable.zone)
            for order in self.orders
            if not order.is_always_active
        )
        return min(edges, default=NEVER)

    def count_due(self, begin: datetime, end: datetime, *, by_itself: bool) -> int:
        """How many pictures were due in a span.

        Until the first of its schedules was in force the camera took them at its interval, where it
        takes any `by_itself`.
        """
        own_until = min((order.since for order in self.orders), default=end)
        own = max(timedelta(), own_until - begin) // self.interval if by_itself else 0
        asked = (
            count_moments(order.timetable, max(begin, order.since), end) for order in self.orders
        )
        return own + sum(asked)

    def _next_due(self, moment: datetime) -> tuple[datetime, timedelta]:
        """When the next picture is due, and how much later its schedule may ask for it."""
        if not self.orders:
            return moment + self.interval, timedelta()
        upcoming = [
            (due, most_spread(order.timetable))
            for order in self.orders
            if (due := next_moment(order.timetable, moment)) is not None
        ]
        due = min((due for due, _ in upcoming), default=NEVER)
        return due, max((spread for at, spread in upcoming if at == due), default=timedelta())


def read_order(row: Mapping[str, Any]) -> Order:
    """A schedule in force, of what its row keeps."""
    return Order(read_timetable(row), datetime.fromisoformat(row["in_force_since"]))
