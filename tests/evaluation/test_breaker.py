from dataclasses import dataclass

import pytest

from cloud.evaluation.breaker import FAILURES_IN_A_ROW, REST_SECONDS, WINDOW, Breaker, Resting


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def fail(breaker: Breaker, times: int = 1, retry_after: float | None = None) -> None:
    for _ in range(times):
        breaker.fail(breaker.enter(), retry_after)


def rests(breaker: Breaker) -> float:
    with pytest.raises(Resting) as resting:
        breaker.enter()
    return resting.value.seconds


def test_a_few_failures_are_no_reason_to_rest(breaker: Breaker) -> None:
    fail(breaker, FAILURES_IN_A_ROW - 1)
    breaker.succeed(breaker.enter())
    fail(breaker, FAILURES_IN_A_ROW - 1)
    breaker.enter()


def test_after_failures_in_a_row_nobody_is_asked_for_a_while(breaker: Breaker) -> None:
    fail(breaker, FAILURES_IN_A_ROW)
    assert rests(breaker) == REST_SECONDS


def test_so_it_is_when_half_of_the_latest_failed(breaker: Breaker) -> None:
    for _ in range(WINDOW // 2):
        breaker.succeed(breaker.enter())
        fail(breaker)
    assert rests(breaker) == REST_SECONDS


def test_the_provider_is_left_alone_for_as_long_as_it_wants(breaker: Breaker) -> None:
    fail(breaker, FAILURES_IN_A_ROW, retry_after=90)
    assert rests(breaker) == 90


def test_then_one_goes_ahead_and_the_others_wait_for_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES_IN_A_ROW)
    clock.now += REST_SECONDS
    probe = breaker.enter()
    assert rests(breaker) <= 1
    breaker.succeed(probe)
    breaker.enter()
    breaker.enter()


def test_a_probe_that_fails_means_another_rest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES_IN_A_ROW)
    clock.now += REST_SECONDS
    fail(breaker)
    assert rests(breaker) == REST_SECONDS


def test_a_probe_that_was_given_up_makes_room_for_the_next(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES_IN_A_ROW)
    clock.now += REST_SECONDS
    breaker.abandon(breaker.enter())
    breaker.succeed(breaker.enter())
    breaker.enter()


def test_calls_that_began_before_the_rest_say_nothing_any_more(
    breaker: Breaker, clock: Clock
) -> None:
    under_way = [breaker.enter() for _ in range(3)]
    fail(breaker, FAILURES_IN_A_ROW)
    clock.now += REST_SECONDS - 1
    breaker.fail(under_way[0])
    breaker.succeed(under_way[1])
    assert rests(breaker) == 1
    clock.now += 1
    probe = breaker.enter()
    breaker.abandon(under_way[2])
    assert rests(breaker) <= 1
    breaker.succeed(probe)


def test_after_a_rest_it_counts_anew(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES_IN_A_ROW)
    clock.now += REST_SECONDS
    breaker.succeed(breaker.enter())
    fail(breaker, FAILURES_IN_A_ROW - 1)
    breaker.enter()


def test_rests_are_scaled_like_every_wait(clock: Clock) -> None:
    breaker = Breaker(scale=0.01, clock=clock)
    fail(breaker, FAILURES_IN_A_ROW)
    assert rests(breaker) == pytest.approx(REST_SECONDS / 100)
