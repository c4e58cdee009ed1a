import cv2
import numpy as np
import pytest

from device.jpeg import Frame
from device.scenes.names import SCENES
from device.scenes.scene import BUILDERS, Scene
from device.scenes.timeline import Effect, happening_at

SIZE = (160, 90)
TILES = (16, 9)
CALM = (0, 90, 180, 345, 600, 900)
EVENTS = tuple(360 + 285 * number + 20 for number in range(7))


@pytest.fixture(scope="module", params=SCENES)
def scene(request: pytest.FixtureRequest) -> Scene:
    return Scene(request.param, size=SIZE)


def largest_tile_difference(one: Frame, other: Frame) -> float:
    """Grey levels between the tiles that differ most, after equal brightness was given to both."""

    def tiles(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(float)
        small = cv2.resize(grey, TILES, interpolation=cv2.INTER_AREA)
        return np.asarray(small - small.mean())

    return float(np.abs(tiles(one) - tiles(other)).max())


def test_every_name_has_a_builder() -> None:
    assert tuple(BUILDERS) == SCENES


def test_the_same_seed_and_moment_give_the_same_picture(scene: Scene) -> None:
    again = Scene(scene.name, size=SIZE)
    assert (scene.draw(30).frame == again.draw(30).frame).all()


def test_no_two_moments_are_the_same_picture(scene: Scene) -> None:
    assert (scene.draw(30).frame != scene.draw(45).frame).any()


def test_normal_moments_look_alike_and_every_event_looks_different(scene: Scene) -> None:
    normal = [scene.draw(moment) for moment in CALM]
    assert {view.truth.state for view in normal} == {"normal"}
    spread = max(largest_tile_difference(normal[0].frame, view.frame) for view in normal)
    assert spread < 7
    for moment in EVENTS:
        view = scene.draw(moment)
        assert view.truth.state == "abnormal"
        least = min(largest_tile_difference(calm.frame, view.frame) for calm in normal)
        assert least > 2 * spread, view.truth.what


def test_the_script_holds_an_object_gone_one_left_somebody_smoke_dark_and_covered() -> None:
    for build in BUILDERS.values():
        script = build().happenings
        assert any(happening.without for happening in script)
        assert sum(happening.extra is not None for happening in script) >= 2
        assert {happening.effect for happening in script} == set(Effect)


def test_every_happening_moves_only_what_the_set_has() -> None:
    for build in BUILDERS.values():
        stage = build()
        for happening in stage.happenings:
            assert happening.missing <= stage.usually
            assert happening.arriving <= set(stage.movable) - stage.usually
            assert stage.present(happening) <= set(stage.movable)


def test_lights_off_is_dark_and_a_covered_lens_shows_nothing() -> None:
    scene, stage = Scene("shelf", size=SIZE), BUILDERS["shelf"]()
    for moment in EVENTS:
        happening = happening_at(scene.timeline, stage.happenings, 0, moment)
        assert happening is not None
        if happening.effect in {Effect.DARK, Effect.COVERED}:
            assert scene.draw(moment).frame.mean() < 60


def test_even_a_covered_lens_says_in_its_corner_that_it_is_simulated() -> None:
    scene = Scene("yard", size=(640, 360))
    frame = scene.draw(EVENTS[-1]).frame
    assert (frame[-20:, -90:].max(axis=2) > 120).sum() > 50
    assert (frame[:-20, :-90].max(axis=2) > 120).sum() == 0
