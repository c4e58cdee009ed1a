"""Commands over two servers that are killed, to cameras whose streams break."""

from dataclasses import replace
from typing import Any

import pytest

from bench.commands import Books, Trial, run


@pytest.mark.long
def test_what_is_asked_for_is_done_once_over_two_servers_of_which_one_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKERS", "off")  # nobody need judge the pictures
    books = run(Trial(commands=8, reconnects=4, kills=1, cameras=8, seconds=2, seed=3))
    assert (books.asked, books.kills) == (8, 1)
    assert (books.lost, books.doubled, books.misreported) == (0, 0, 0), books


KEPT = Books(
    asked=100,
    unsure=0,
    done=99,
    expired=1,
    lost=0,
    doubled=0,
    misreported=0,
    reconnects=50,
    kills=5,
    across=60,
    delivery_p50=0.02,
    delivery_p99=1.0,
    asking_p50=0.05,
    asking_p99=1.5,
)


@pytest.mark.parametrize(
    "wrong",
    [{"lost": 1}, {"doubled": 1}, {"misreported": 1}, {"delivery_p99": 1.1}, {"across": 0}],
)
def test_one_figure_out_of_bounds_breaks_the_promise(wrong: dict[str, Any]) -> None:
    assert KEPT.kept
    assert not replace(KEPT, **wrong).kept


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_hundred_commands_come_through_fifty_reconnects_and_five_kills() -> None:
    books = run(Trial(commands=100, reconnects=50, kills=5, cameras=10, seconds=90, seed=1))
    assert books.kept, books
