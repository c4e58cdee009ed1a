"""The Raspberry Pi's own camera: by picamera2 where Python can load it, else by `rpicam-still`.

Both come from apt. Picamera2 is built for apt's numpy; with pip's beside it, loading it fails, and
the program of the system does as well.
"""

import importlib
import shutil
import subprocess
import time
from enum import StrEnum
from typing import Any, Final, cast

import cv2
import numpy as np

from device.jpeg import Frame
from device.sources.camera import READ_SECONDS, Grab
from device.sources.source import SourceError
from device.wire import CaptureConfig

PROGRAM: Final = "rpicam-still"
SHORTEST_TIMEOUT_MS: Final = 1
"""To rpicam-still a timeout of 0 means for ever."""

LONGEST_COMPLAINT: Final = 200


class Way(StrEnum):
    """By what the camera is read."""

    PICAMERA2 = "picamera2"
    RPICAM_STILL = "rpicam-still"


def find_way() -> Way:
    """What this machine has. Raises SourceError where it has neither."""
    try:
        importlib.import_module("picamera2")
    except (ImportError, ValueError) as error:  # ValueError: built for another numpy
        if shutil.which(PROGRAM) is not None:
            return Way.RPICAM_STILL
        raise SourceError(
            "Neither picamera2 can be loaded nor rpicam-still found "
            f"({error}). Say: sudo apt install rpicam-apps."
        ) from error
    return Way.PICAMERA2


def grab_from_pi(number: int, way: Way, *, limit_seconds: float = READ_SECONDS - 1) -> Grab:
    """A function that takes a still with camera `number`, the first one being 0."""
    if way is Way.PICAMERA2:
        return lambda capture: _by_library(number, capture)
    return lambda capture: _by_program(number, capture, limit_seconds + capture.warmup)


def _by_library(number: int, capture: CaptureConfig) -> Frame:
    picamera2: Any = importlib.import_module("picamera2")
    try:
        camera = picamera2.Picamera2(number)
        try:
            # What libcamera calls RGB888 lies in memory as blue green red, as OpenCV has it.
            main = {"size": (capture.width, capture.height), "format": "RGB888"}
            camera.configure(camera.create_still_configuration(main=main))
            camera.start()
            time.sleep(capture.warmup)
            return cast("Frame", camera.capture_array("main"))
        finally:
            camera.close()
    except (RuntimeError, IndexError, OSError) as error:
        raise SourceError(
            f"{error or type(error).__name__}. Is its ribbon cable seated?"
        ) from error


def _by_program(number: int, capture: CaptureConfig, limit_seconds: float) -> Frame:
    warmup = max(SHORTEST_TIMEOUT_MS, round(capture.warmup * 1000))
    arguments = ["--camera", str(number), "--nopreview", "--timeout", str(warmup)]
    arguments += ["--width", str(capture.width), "--height", str(capture.height)]
    arguments += ["--encoding", "jpg", "--quality", "100", "--output", "-"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, numbers for arguments, no shell
            [shutil.which(PROGRAM) or PROGRAM, *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=limit_seconds,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"rpicam-still gave nothing in {limit_seconds:g} seconds.") from error
    except subprocess.CalledProcessError as error:
        raise SourceError(f"rpicam-still says: {_complaint(error.stderr)}") from error
    except OSError as error:
        raise SourceError(f"rpicam-still cannot be started: {error.strerror}.") from error
    coded = np.frombuffer(done.stdout, np.uint8)
    frame = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    if frame is None:
        raise SourceError("rpicam-still gave no picture.")
    return cast("Frame", frame)


def _complaint(told: bytes) -> str:
    """Its last line, where such programs say what is wrong."""
    lines = told.decode(errors="replace").strip().splitlines()
    return lines[-1][:LONGEST_COMPLAINT] if lines else "nothing, but it failed."
