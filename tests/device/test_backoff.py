import random
from datetime import UTC, datetime

import pytest

from device.backoff import LONGEST_RETRY_AFTER, Backoff, read_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def test_the_ceiling_doubles_from_a_second_to_a_minute() -> None:
    ceilings = [Backoff().ceiling(failures) for failures in range(1, 9)]
    assert ceilings == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_ceiling_holds_after_any_number_of_failures() -> None:
    assert Backoff().ceiling(1_000_000) == 60


def test_the_jitter_is_full() -> None:
    dice = random.Random(4)  # noqa: S311 - repeatable
    waits = [Backoff().delay(5, retry_after=None, dice=dice) for _ in range(400)]
    assert min(waits) < 1
    assert max(waits) > 15
    assert all(0 <= wait <= 16 for wait in waits)


def test_what_the_cloud_asks_for_is_the_least_and_still_jittered() -> None:
    dice = random.Random(4)  # noqa: S311 - repeatable
    waits = {Backoff().delay(1, retry_after=30, dice=dice) for _ in range(20)}
    assert min(waits) >= 30
    assert len(waits) == 20


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("99999999", LONGEST_RETRY_AFTER),
        ("soon", None),
        ("-5", None),
        ("\u00b2", None),
        ("\u0663", None),
        (None, None),
    ],
)
def test_a_retry_after_is_read_as_number_or_date(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, NOW) == seconds
