from hypothesis import given
from hypothesis import strategies as st

from device.interval import next_due

SECONDS = st.floats(0, 1e6, allow_nan=False)


def test_the_next_moment_is_one_interval_after_the_last() -> None:
    assert next_due(100, 10, 101) == 110


def test_missed_moments_are_skipped() -> None:
    assert next_due(100, 10, 137) == 140


@given(due=SECONDS, interval=st.floats(0.1, 1e4), late=SECONDS)
def test_the_next_moment_is_ahead_and_within_one_interval(
    due: float, interval: float, late: float
) -> None:
    now = due + late
    ahead = next_due(due, interval, now) - now
    assert -1e-3 <= ahead <= interval + 1e-3
