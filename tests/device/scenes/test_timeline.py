from hypothesis import given
from hypothesis import strategies as st

from device.scenes.timeline import Happening, Timeline, happening_at, truth_of

SCRIPT = tuple(Happening(what) for what in ("one", "two", "three", "four", "five"))
STEP = 15


def truths(seed: int, count: int) -> list[str]:
    moments = range(0, count * STEP, STEP)
    return [truth_of(happening_at(Timeline(), SCRIPT, seed, at)).what for at in moments]


def test_the_first_event_begins_after_24_pictures_and_lasts_four() -> None:
    normal = truth_of(None).what
    assert truths(0, 48) == [normal] * 24 + ["one"] * 4 + [normal] * 15 + ["two"] * 4 + [normal]


def test_every_event_comes_before_any_comes_again() -> None:
    starts = [360 + 285 * number for number in range(5)]
    seen = [happening_at(Timeline(), SCRIPT, 3, start) for start in starts]
    assert {event.what for event in seen if event} == {"one", "two", "three", "four", "five"}


def test_another_seed_has_another_order() -> None:
    assert len({tuple(truths(seed, 200)) for seed in range(6)}) > 3


@given(seconds=st.floats(0, 1e6))
def test_the_next_event_is_ahead_and_is_the_start_of_one(seconds: float) -> None:
    timeline = Timeline()
    start = timeline.next_start(seconds)
    assert start > seconds
    assert timeline.place(start + 0.001) is not None
    assert timeline.place(start - 0.001) is None


def test_the_truth_is_abnormal_only_while_something_happens() -> None:
    assert truth_of(None).state == "normal"
    assert truth_of(Happening("a cat")) == truth_of(Happening("a cat"))
    assert truth_of(Happening("a cat")).state == "abnormal"
