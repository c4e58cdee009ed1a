from datetime import UTC, datetime, timedelta

import pytest

from cloud.evaluation.classifier import ClassifierFailed
from cloud.evaluation.retrying import (
    LONGEST_AGE,
    MOST_ATTEMPTS,
    SPREAD_SECONDS,
    may_retry,
    wait_before_retry,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def failed(
    *, retryable: bool = True, retry_after: float | None = None, postponed: bool = False
) -> ClassifierFailed:
    return ClassifierFailed(
        "ai_unavailable", "No.", retryable=retryable, retry_after=retry_after, postponed=postponed
    )


@pytest.mark.parametrize(
    ("failure", "attempts", "age", "attempted", "may"),
    [
        (failed(), 1, timedelta(0), True, True),
        (failed(), MOST_ATTEMPTS - 1, timedelta(0), True, True),
        (failed(), MOST_ATTEMPTS, timedelta(0), True, False),
        (failed(retryable=False), 1, timedelta(0), True, False),
        (failed(), 1, LONGEST_AGE, True, False),
        (failed(postponed=True), MOST_ATTEMPTS, timedelta(0), False, True),
        (failed(postponed=True), MOST_ATTEMPTS, timedelta(0), True, False),
        (failed(postponed=True), 1, LONGEST_AGE, False, False),
    ],
)
def test_a_try_is_worth_it_while_there_are_attempts_and_time_left(
    failure: ClassifierFailed, attempts: int, age: timedelta, *, attempted: bool, may: bool
) -> None:
    assert may_retry(failure, attempts, NOW - age, NOW, attempted=attempted) is may


def test_waits_grow_are_spread_from_nothing_to_their_bound_and_scaled() -> None:
    bounds = [4 * 2 ** (attempts - 1) for attempts in range(1, MOST_ATTEMPTS)]
    for attempts, bound in enumerate(bounds, start=1):
        waits = [wait_before_retry(failed(), attempts, scale=1) for _ in range(300)]
        assert max(waits) <= bound
        assert max(waits) > 0.8 * bound
        assert min(waits) < 0.6 * bound
    assert all(wait_before_retry(failed(), 5, scale=0.01) <= 0.64 for _ in range(100))


def test_a_wait_is_never_shorter_than_was_asked_for_and_not_the_same_for_all() -> None:
    waits = {wait_before_retry(failed(retry_after=30), 1, scale=1) for _ in range(100)}
    assert min(waits) >= 30
    assert max(waits) <= 30 + SPREAD_SECONDS
    assert len(waits) > 90


def test_what_was_postponed_comes_back_when_the_provider_does() -> None:
    late = failed(retry_after=30, postponed=True)
    assert all(30 <= wait_before_retry(late, 6, scale=1) <= 32 for _ in range(100))
