"""Each moment of a schedule once, over several servers that are killed."""

import pytest

from bench.schedules import run


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_fifty_schedules_of_sixty_moments_are_asked_for_three_thousand_times() -> None:
    books = run(schedules=50, ticks=60, interval=20, kills=15, seed=1)
    assert books.kept, books
    assert books.fired == 3000
