import numpy as np
import pytest

from device.jpeg import Frame
from device.sources.camera import Camera
from device.sources.doubts import FROZEN_FROM, Doubts, is_black
from device.wire import CameraState, CaptureConfig

SMALL = CaptureConfig(width=64, height=48, warmup=0)


def noise(seed: int, low: int = 60, high: int = 90) -> Frame:
    return np.random.default_rng(seed).integers(low, high, (48, 64, 3), np.uint8)


def test_a_living_camera_is_fine() -> None:
    doubts = Doubts()
    assert {doubts.judge(noise(seed)) for seed in range(10)} == {CameraState.OK}


def test_the_very_same_frame_again_and_again_is_frozen_until_it_moves() -> None:
    doubts = Doubts()
    states = [doubts.judge(noise(1)) for _ in range(FROZEN_FROM)]
    assert states == [CameraState.OK] * (FROZEN_FROM - 1) + [CameraState.FROZEN]
    assert doubts.judge(noise(2)) is CameraState.OK


def test_a_covered_lens_is_black_even_with_its_noise() -> None:
    assert Doubts().judge(noise(1, 0, 12)) is CameraState.BLACK


def test_a_dark_room_with_one_lamp_is_not_black() -> None:
    room = np.full((100, 100, 3), 5, np.uint8)
    room[:10, :10] = 200
    assert not is_black(room)


@pytest.mark.parametrize(
    ("frame", "said"),
    [(np.zeros((48, 64, 3), np.uint8), "black"), (noise(1), "frozen")],
)
def test_a_camera_says_of_its_picture_what_it_is(frame: Frame, said: str) -> None:
    camera = Camera("Camera 0", lambda _: frame)
    pictures = [camera.read(SMALL) for _ in range(FROZEN_FROM)]
    assert pictures[-1].metadata == {"camera": said}
