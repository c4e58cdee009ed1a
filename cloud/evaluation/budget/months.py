"""The calendar month of an organization, in its own time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Month:
    """The month that a moment falls in; `today` is the day of that moment."""

    first: date
    today: date
    next_first: date
    next_begins_at: datetime

    @staticmethod
    def of(now: datetime, time_zone: str) -> "Month":
        zone = ZoneInfo(time_zone)
        today = now.astimezone(zone).date()
        first = today.replace(day=1)
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        begins_at = datetime.combine(following, time(), zone).astimezone(UTC)
        return Month(first, today, following, begins_at)
