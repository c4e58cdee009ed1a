from functools import cache

import cv2
import numpy as np
import pytest

from cloud.captures.models import State
from cloud.evaluation.baseline.features import Features, extract
from cloud.evaluation.baseline.memory import (
    MINIMUM_REFERENCES,
    THRESHOLD_FLOOR,
    PatchMemory,
)
from tests.evaluation.baseline.drawing import (
    HEIGHT,
    MUG,
    WIDTH,
    draw_bench,
    draw_clutter,
    photograph,
)


@cache
def references() -> tuple[Features, ...]:
    return tuple(extract(photograph(draw_bench(), seed)) for seed in range(MINIMUM_REFERENCES))


@cache
def memory() -> PatchMemory:
    return PatchMemory.fit(references())


@pytest.mark.parametrize("seed", [100, 101, 102, 103])
def test_the_unchanged_scene_is_normal_and_far_from_doubt(seed: int) -> None:
    judgement = memory().judge(extract(photograph(draw_bench(), seed)))
    assert judgement.state is State.NORMAL
    assert judgement.anomaly < 0.7
    assert judgement.score > 0.9
    assert judgement.box is None


@pytest.mark.parametrize("gain", [0.65, 0.8, 1.25])
def test_another_exposure_is_normal(gain: float) -> None:
    picture = photograph(draw_bench(), 200, gain=gain, noise=4)
    assert memory().judge(extract(picture)).state is State.NORMAL


def test_an_object_left_behind_is_abnormal() -> None:
    judgement = memory().judge(extract(photograph(draw_bench(mug=True), 300)))
    assert judgement.state is State.ABNORMAL
    assert judgement.score > 0.9


def test_an_object_left_behind_in_the_dark_is_abnormal() -> None:
    picture = photograph(draw_bench(mug=True), 301, gain=0.5, noise=5)
    assert memory().judge(extract(picture)).state is State.ABNORMAL


def test_a_missing_object_is_abnormal() -> None:
    judgement = memory().judge(extract(photograph(draw_bench(box=False), 302)))
    assert judgement.state is State.ABNORMAL


def test_a_covered_lens_is_abnormal() -> None:
    covered = np.full((HEIGHT, WIDTH, 3), 8, np.uint8)
    assert memory().judge(extract(photograph(covered, 303))).state is State.ABNORMAL


def test_the_box_covers_the_object() -> None:
    box = memory().judge(extract(photograph(draw_bench(mug=True), 304))).box
    assert box is not None
    left, top, width, height = box
    x, y = (MUG[0] + MUG[2] / 2) / WIDTH, (MUG[1] + MUG[3] / 2) / HEIGHT
    assert left <= x <= left + width
    assert top <= y <= top + height
    assert width < 0.4
    assert height < 0.5


def test_references_may_be_of_another_size_than_later_captures() -> None:
    large = cv2.resize(draw_bench(), (1280, 960), interpolation=cv2.INTER_CUBIC)
    picture = photograph(np.asarray(large, np.uint8), 400)
    assert memory().judge(extract(picture)).state is State.NORMAL


def test_references_alike_leave_the_threshold_at_its_floor() -> None:
    assert memory().threshold == THRESHOLD_FLOOR


def test_references_that_vary_raise_the_threshold() -> None:
    varied = [extract(photograph(draw_clutter(seed), seed)) for seed in range(MINIMUM_REFERENCES)]
    assert PatchMemory.fit(varied).threshold > THRESHOLD_FLOOR


def test_too_few_references_are_refused() -> None:
    with pytest.raises(ValueError, match="references are needed"):
        PatchMemory.fit(references()[:-1])


def test_what_was_taken_is_remembered_without_moving_the_threshold() -> None:
    strange = extract(photograph(draw_bench(mug=True), 500))
    grown = PatchMemory.fit(references(), [strange])
    assert grown.judge(strange).anomaly < 0.1
    assert grown.threshold == memory().threshold


def test_the_same_references_and_picture_give_the_same_judgement() -> None:
    picture = extract(photograph(draw_bench(mug=True), 600))
    assert PatchMemory.fit(references()).judge(picture) == memory().judge(picture)
