from bench.drawn import DrawnScene
from bench.reuse import Shown, play, show
from cloud.captures.models import State
from cloud.devices.config import SimilaritySection
from tests.evaluation.baseline.drawing import draw_bench, photograph

LIMITS = SimilaritySection(enabled=True, max_distance=6)


def take(seed: int, state: State = State.NORMAL) -> Shown:
    return show(photograph(draw_bench(mug=state is State.ABNORMAL), seed), state)


def test_calls_are_saved_but_in_events_and_until_they_are_over() -> None:
    quiet, event = [take(seed) for seed in range(4)], [take(9, State.ABNORMAL)]
    counts = play("bench", [*quiet, *event, *[take(seed) for seed in range(20, 24)]], LIMITS)
    assert (counts.captures, counts.reused) == (9, 3 + 2)
    assert (counts.abnormal_reused, counts.events, counts.events_missed) == (0, 1, 0)


def test_a_judge_who_calls_the_same_picture_abnormal_is_counted_as_missed() -> None:
    lie = Shown(take(30).sight, take(30).phash, State.ABNORMAL)
    counts = play("bench", [take(1), lie], LIMITS)
    assert (counts.abnormal_reused, counts.events_missed) == (1, 1)


def test_by_night_a_drawn_scene_is_darker_and_the_same_number_the_same_picture() -> None:
    scene = DrawnScene("yard")
    assert scene.draw_night(1).mean() < scene.draw_day(1).mean() / 2
    assert (scene.draw_night(1) == scene.draw_night(1)).all()
