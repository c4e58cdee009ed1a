import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.jpeg import Frame
from device.sources.camera import MOST_ABANDONED, Camera, grab_from
from device.sources.source import SourceError, SourceHung
from device.wire import CaptureConfig
from tests.device.pictures import decode

SMALL = CaptureConfig(width=320, height=240, warmup=0)


def test_a_frame_becomes_a_fitted_jpeg() -> None:
    camera = Camera("Camera 0", lambda _: np.full((480, 640, 3), 120, np.uint8))
    picture = camera.read(SMALL)
    shown = decode(picture.content)
    assert shown.shape == (240, 320, 3)
    assert picture.captured_at.tzinfo is not None


def test_a_camera_that_hangs_is_given_up_and_another_reading_may_work() -> None:
    release = threading.Event()
    turns = iter([release, None])

    def grab(_: CaptureConfig) -> Frame:
        if (gate := next(turns)) is not None:
            gate.wait()
        return np.zeros((48, 64, 3), np.uint8)

    camera = Camera("Camera 0", grab, limit_seconds=0.05)
    with pytest.raises(SourceError, match=r"gave no picture within 0\.05 seconds"):
        camera.read(SMALL)
    camera_again = Camera("Camera 0", grab)
    assert camera_again.read(SMALL).content
    release.set()


def test_a_camera_that_hangs_for_ever_does_not_gather_threads() -> None:
    release = threading.Event()

    def grab(_: CaptureConfig) -> Frame:
        release.wait()
        return np.zeros((48, 64, 3), np.uint8)

    camera = Camera("Camera 0", grab, limit_seconds=0.02)
    for _ in range(MOST_ABANDONED):
        with pytest.raises(SourceError, match="gave no picture"):
            camera.read(SMALL)
    with pytest.raises(SourceHung, match="hangs in its driver"):
        camera.read(SMALL)
    release.set()


@pytest.mark.parametrize("shape", [(4, 70_000, 3), (48, 64, 5), (0, 0, 3)])
def test_a_frame_that_makes_no_picture_is_said_plainly(shape: tuple[int, ...]) -> None:
    camera = Camera("Camera 0", lambda _: np.zeros(shape, np.uint8))
    with pytest.raises(SourceError, match="Camera 0 gives a picture that cannot be used"):
        camera.read(CaptureConfig(width=100_000, height=8192, warmup=0))


def test_a_camera_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    camera = Camera("Camera 9", grab_from(str(tmp_path / "none.avi")))
    with pytest.raises(SourceError, match="Camera 9: it cannot be opened"):
        camera.read(SMALL)


def test_a_real_video_source_gives_its_picture(tmp_path: Path) -> None:
    path = str(tmp_path / "clip.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), 200, np.uint8))
    writer.release()
    picture = Camera("The clip", grab_from(path)).read(SMALL)
    shown = decode(picture.content)
    assert shown.shape == (48, 64, 3)
    assert abs(float(shown.mean()) - 200) < 5


def test_a_video_without_a_frame_is_said_plainly(tmp_path: Path) -> None:
    path = str(tmp_path / "clip.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    patient = CaptureConfig(width=320, height=240, warmup=1)
    with pytest.raises(SourceError, match="open but gives no picture"):
        Camera("The clip", grab_from(path)).read(patient)
