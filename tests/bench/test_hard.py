from pathlib import Path

import numpy as np

from bench.drawn import DrawnScene
from bench.hard import QUIET, STILLS, add_crack, add_spot, is_event, write_set
from bench.verdicts import read_labels
from cloud.captures.models import State


def test_a_set_begins_quietly_and_then_shows_its_event_now_and_then(tmp_path: Path) -> None:
    quiet, event = np.zeros((36, 64, 3), np.uint8), np.full((36, 64, 3), 255, np.uint8)
    write_set(tmp_path / "spot", lambda _: quiet, lambda _: event)
    states = [label.state for label in read_labels(tmp_path / "spot")]
    assert states == [State.ABNORMAL if is_event(n) else State.NORMAL for n in range(STILLS)]
    assert states[:QUIET] == [State.NORMAL] * QUIET
    assert states.count(State.ABNORMAL) == 12


def test_a_spot_and_a_crack_are_small() -> None:
    day = DrawnScene("yard").draw_day(0)
    for changed in (add_spot(day, 3), add_crack(day, 3)):
        share = float((changed != day).any(axis=2).mean())
        assert 0 < share < 0.01
