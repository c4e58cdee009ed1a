import pytest

from device.scenes.scene import Scene
from device.scenes.timeline import Timeline
from device.sources.scene import LARGEST_BYTES, SceneSource
from device.wire import CaptureConfig
from tests.device.pictures import decode

SMALL = (192, 108)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene("yard", size=SMALL, timeline=Timeline(lead_in=45, event=30, pause=60))


def test_a_scene_says_that_it_is_simulated_and_what_is_true_in_it(scene: Scene) -> None:
    source = SceneSource(scene, speed=1)
    pictures = [source.read(CaptureConfig()) for _ in range(5)]
    assert pictures[0].metadata == {
        "simulated": True,
        "scene": "yard",
        "truth": {"state": "normal", "what": "everything is as it should be"},
    }
    assert [picture.metadata["truth"]["state"] for picture in pictures] == [  # type: ignore[index]
        "normal",
        "normal",
        "normal",
        "abnormal",
        "abnormal",
    ]


def test_speed_lets_the_scenes_clock_run_faster(scene: Scene) -> None:
    source = SceneSource(scene, speed=3)
    source.read(CaptureConfig())
    truth = source.read(CaptureConfig()).metadata["truth"]
    assert truth == {"state": "abnormal", "what": "a person is in the yard"}


def test_pictures_are_small_and_of_the_size_asked_for(scene: Scene) -> None:
    picture = SceneSource(scene, speed=1).read(CaptureConfig(width=160, height=120, quality=95))
    shown = decode(picture.content)
    assert shown.shape == (90, 160, 3)
    assert len(picture.content) <= LARGEST_BYTES
