from dataclasses import replace

import numpy as np
import pytest

from cloud.captures.models import State
from cloud.evaluation.baseline.features import COARSE_SHAPE, FINE_SHAPE, Features
from cloud.evaluation.baseline.judgement import Judgement
from cloud.evaluation.baseline.references import (
    MARKED_LIMIT,
    TOTAL_LIMIT,
    choose,
    count_room,
    refreshes,
)

CLEAR = Judgement(State.NORMAL, 0.99, anomaly=0.4, novelty=0.6, threshold=0.7, box=None)


def flat(level: int) -> Features:
    return Features(np.full(FINE_SHAPE, level, np.int8), np.full(COARSE_SHAPE, level, np.int8))


def test_all_references_are_chosen_while_there_is_room() -> None:
    assert choose([flat(1), flat(2)], 2) == [0, 1]


def test_the_choice_is_bounded_and_diverse() -> None:
    levels = [0, 0, 0, 30, 0, 0, 60, 0, 0, 1]
    chosen = choose([flat(level) for level in levels], 3)
    assert chosen == [3, 6, 9]


def test_the_newest_reference_is_always_chosen() -> None:
    assert 7 in choose([flat(level) for level in (0, 10, 20, 30, 40, 50, 60, 30)], 3)


def test_a_clearly_normal_capture_with_something_new_refreshes_the_memory() -> None:
    assert refreshes(CLEAR)


@pytest.mark.parametrize(
    "doubt",
    [
        replace(CLEAR, anomaly=0.85),
        replace(CLEAR, state=State.UNCERTAIN, anomaly=0.95),
        replace(CLEAR, state=State.ABNORMAL, anomaly=1.4),
        replace(CLEAR, state=State.ABNORMAL),
    ],
)
def test_a_doubtful_capture_never_refreshes_the_memory(doubt: Judgement) -> None:
    assert not refreshes(doubt)


def test_a_capture_that_the_memory_knows_already_does_not_refresh_it() -> None:
    assert not refreshes(replace(CLEAR, anomaly=0.2, novelty=0.2))


def test_the_operators_references_leave_room_for_our_own() -> None:
    assert count_room(8) == TOTAL_LIMIT - 8
    assert count_room(500) == TOTAL_LIMIT - MARKED_LIMIT > 0
