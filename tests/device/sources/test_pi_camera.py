"""The Pi's camera by stand-ins: a picamera2 module, and an executable named rpicam-still."""

import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from device.jpeg import Frame
from device.sources.camera import Camera
from device.sources.pi_camera import Way, find_way, grab_from_pi
from device.sources.source import SourceError
from device.wire import CaptureConfig
from tests.device.pictures import decode, jpeg

SMALL = CaptureConfig(width=320, height=240, warmup=0.01)


class Picamera2:
    """As much of picamera2 as the client uses: camera 0 is there, and gives what it was set to."""

    closed = 0

    def __init__(self, number: int) -> None:
        if number != 0:
            raise IndexError("list index out of range")
        self._size: tuple[int, int] | None = None
        self._runs = False

    def create_still_configuration(self, *, main: dict[str, Any]) -> dict[str, Any]:
        assert main["format"] == "RGB888"
        return main

    def configure(self, main: dict[str, Any]) -> None:
        self._size = main["size"]

    def start(self) -> None:
        self._runs = True

    def capture_array(self, name: str) -> Frame:
        assert (name, self._runs) == ("main", True)
        assert self._size is not None
        return np.full((self._size[1], self._size[0], 3), (200, 90, 30), np.uint8)

    def close(self) -> None:
        Picamera2.closed += 1


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("picamera2")
    module.Picamera2 = Picamera2
    monkeypatch.setitem(sys.modules, "picamera2", module)
    monkeypatch.setattr(Picamera2, "closed", 0)


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def write_program(programs: Path, body: str) -> None:
    path = programs / "rpicam-still"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def shoot(way: Way, number: int = 0, *, limit_seconds: float = 20) -> bytes:
    camera = Camera("The Pi camera", grab_from_pi(number, way, limit_seconds=limit_seconds))
    return camera.read(SMALL).content


@pytest.mark.usefixtures("library")
def test_picamera2_is_taken_where_it_can_be_loaded_and_closed_after_each_picture() -> None:
    assert find_way() is Way.PICAMERA2
    shown = decode(shoot(Way.PICAMERA2))
    assert shown.shape == (240, 320, 3)
    assert np.abs(shown[120, 160].astype(int) - (200, 90, 30)).max() < 6
    assert Picamera2.closed == 1


@pytest.mark.usefixtures("library")
def test_a_camera_that_picamera2_has_not_is_said_in_our_words() -> None:
    with pytest.raises(SourceError, match="Is its ribbon cable seated"):
        shoot(Way.PICAMERA2, 1)


@pytest.mark.usefixtures("without_library")
def test_the_program_is_run_with_what_was_asked_for(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "still.jpg").write_bytes(jpeg(120, 320, 240))
    write_program(programs, f'echo "$@" > {tmp_path}/said; cat {tmp_path}/still.jpg')
    assert find_way() is Way.RPICAM_STILL
    assert decode(shoot(Way.RPICAM_STILL, 1)).shape == (240, 320, 3)
    said = (tmp_path / "said").read_text().split()
    pairs = dict(pairwise(said))
    assert pairs["--camera"] == "1"
    assert (pairs["--width"], pairs["--height"], pairs["--timeout"]) == ("320", "240", "10")
    assert pairs["--output"] == "-"


@pytest.mark.usefixtures("without_library")
def test_no_software_for_the_camera_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="sudo apt install rpicam-apps"):
        find_way()


def test_a_picamera2_of_another_numpy_gives_way_to_the_program(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picamera2.py").write_text("raise ValueError('numpy.dtype size changed')")
    monkeypatch.syspath_prepend(tmp_path)
    write_program(programs, "true")
    assert find_way() is Way.RPICAM_STILL


def test_a_program_that_blocks_is_killed(programs: Path, tmp_path: Path) -> None:
    write_program(programs, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"gave nothing in 0\.51 seconds"):
        shoot(Way.RPICAM_STILL, limit_seconds=0.5)
    assert time.monotonic() - began < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("echo 'ERROR: *** no cameras available ***' >&2; exit 255", "no cameras available"),
        ("exit 1", "says: nothing, but it failed"),
        ("true", "gave no picture"),
        ("echo no picture", "gave no picture"),
    ],
)
def test_what_the_program_complains_of_is_passed_on(
    programs: Path, body: str, sentence: str
) -> None:
    write_program(programs, body)
    with pytest.raises(SourceError, match=sentence):
        shoot(Way.RPICAM_STILL)
