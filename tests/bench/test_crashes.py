"""The promise of the acknowledgement, with the server killed in the middle."""

import pytest

from bench.crashes import draw_pictures, run


def test_nothing_acknowledged_is_lost_when_the_server_is_killed() -> None:
    books = run(draw_pictures(8), uploads=20, kills=1, seed=11)
    assert books.kept, books
    assert books.uploads == 20


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(5))
def test_nothing_acknowledged_is_lost_in_ten_kills(seed: int) -> None:
    books = run(draw_pictures(40), uploads=200, kills=10, seed=seed)
    assert books.kept, books
