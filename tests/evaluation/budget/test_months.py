"""The calendar month is that of the organization's own zone."""

from datetime import UTC, date, datetime

import pytest

from cloud.evaluation.budget.months import Month


@pytest.mark.parametrize(
    ("zone", "first", "next_begins_at"),
    [
        ("UTC", date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        ("Europe/Berlin", date(2027, 1, 1), datetime(2027, 1, 31, 23, tzinfo=UTC)),
        ("America/New_York", date(2026, 12, 1), datetime(2027, 1, 1, 5, tzinfo=UTC)),
    ],
)
def test_it_begins_and_ends_at_midnight_there(
    zone: str, first: date, next_begins_at: datetime
) -> None:
    month = Month.of(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), zone)
    assert (month.first, month.next_begins_at) == (first, next_begins_at)
    assert month.first <= month.today < month.next_first
