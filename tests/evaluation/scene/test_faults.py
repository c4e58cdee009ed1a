"""Which pictures nobody can judge, and which only look so."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud.evaluation.scene.faults import FROZEN_FROM, SceneFault, Shot, find_fault, is_frozen
from cloud.evaluation.scene.usual import FEWEST, UsualView
from tests.evaluation.baseline.drawing import draw_bench, draw_clutter, photograph
from tests.evaluation.scene.views import SPOILED, cloth, see_bench, see_jpeg, shift

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def usual() -> UsualView:
    learnt = UsualView.learn([see_bench(seed) for seed in range(8)])
    assert learnt is not None
    return learnt


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_picture_that_shows_nothing_is_told_from_a_good_one(
    usual: UsualView, spoiled: str
) -> None:
    fault, draw = SPOILED[spoiled]
    assert find_fault(see_jpeg(draw()), usual) == fault


@pytest.mark.parametrize("gain", [0.15, 0.25, 0.6, 1.3])
def test_another_light_of_the_same_view_is_good(usual: UsualView, gain: float) -> None:
    for seed in range(40, 46):
        assert find_fault(see_bench(seed, gain=gain, noise=5.0), usual) is None


def test_something_new_in_the_view_is_for_the_judges(usual: UsualView) -> None:
    assert find_fault(see_bench(50, mug=True), usual) is None


def test_while_nothing_is_known_only_what_no_picture_may_be_is_a_fault() -> None:
    found = {name: find_fault(see_jpeg(draw()), None) for name, (_, draw) in SPOILED.items()}
    assert {name for name, fault in found.items() if fault is not None} == {
        "black",
        "nearly black",
        "white",
    }


def test_too_few_normal_pictures_make_no_usual_view() -> None:
    sights = [see_bench(seed) for seed in range(FEWEST)]
    assert UsualView.learn(sights[1:]) is None
    assert UsualView.learn(sights) is not None


def test_a_camera_that_usually_sees_a_plain_wall_may_see_it() -> None:
    walls = [see_jpeg(photograph(cloth(draw_bench()), seed)) for seed in range(8)]
    usual = UsualView.learn(walls)
    for seed in range(20, 30):
        assert find_fault(see_jpeg(photograph(cloth(draw_bench()), seed)), usual) is None


def test_a_scene_that_varies_by_itself_may_vary() -> None:
    usual = UsualView.learn([see_jpeg(photograph(draw_clutter(seed), seed)) for seed in range(8)])
    faults = [
        find_fault(see_jpeg(photograph(draw_clutter(seed), seed)), usual) for seed in range(20, 40)
    ]
    assert faults == [None] * 20


def test_one_picture_of_a_new_view_called_normal_makes_it_usual(usual: UsualView) -> None:
    moved = see_jpeg(photograph(shift(draw_bench(), 0.3), 60))
    assert find_fault(moved, usual) is SceneFault.MOVED
    told = UsualView.learn([*(see_bench(seed) for seed in range(8)), moved])
    later = see_jpeg(photograph(shift(draw_bench(), 0.3), 61))
    assert find_fault(later, told) is None
    assert find_fault(see_bench(62), told) is None


def shots(*etags: str, apart: timedelta = timedelta(seconds=10)) -> list[Shot]:
    """Newest first."""
    return [Shot(etag, NOON - number * apart) for number, etag in enumerate(etags)]


def test_the_very_same_picture_several_times_is_a_frozen_camera() -> None:
    newest, *before = shots(*["same"] * FROZEN_FROM)
    assert is_frozen(newest, before)


@pytest.mark.parametrize(
    "row",
    [
        shots(*["same"] * (FROZEN_FROM - 1)),
        shots(*["same"] * (FROZEN_FROM - 1), "other"),
        shots("other", *["same"] * FROZEN_FROM),
        shots(*["same"] * FROZEN_FROM, apart=timedelta()),
    ],
    ids=["too few", "another long ago", "another now", "no time went by"],
)
def test_a_camera_that_lives_is_not_frozen(row: list[Shot]) -> None:
    newest, *before = row
    assert not is_frozen(newest, before)
