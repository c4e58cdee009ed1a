"""A real camera through OpenCV: a USB or built-in one by its index, or a network stream.

The camera is opened for each picture and let go afterwards: a stream left open between pictures
hands out stale frames from its buffer, and a camera that died comes back by itself.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

import cv2

from device.jpeg import Frame, encode_jpeg, fit_frame
from device.picture import Picture
from device.sources.doubts import Doubts
from device.sources.source import SourceError, SourceHung
from device.sources.spec import Backend
from device.wire import CAMERA_METADATA, CameraState, CaptureConfig

READ_SECONDS: Final = 15.0
MOST_ABANDONED: Final = 3

API_OF: Final = {
    Backend.ANY: cv2.CAP_ANY,
    Backend.V4L2: cv2.CAP_V4L2,
    Backend.FFMPEG: cv2.CAP_FFMPEG,
    Backend.GSTREAMER: cv2.CAP_GSTREAMER,
}

Grab = Callable[[CaptureConfig], Frame]


@dataclass
class _Reading:
    """What a thread that reads leaves behind: a frame, or why there is none."""

    frame: Frame | None = None
    trouble: str = ""


class Camera:
    """Reads in a thread of its own with a time limit, because drivers do hang."""

    def __init__(self, name: str, grab: Grab, *, limit_seconds: float = READ_SECONDS) -> None:
        """`name` is for people and must hold no password; `limit_seconds` bounds the reading."""
        self.name = name
        self._grab = grab
        self._limit_seconds = limit_seconds
        self._threads: list[threading.Thread] = []
        self._doubts = Doubts()

    def read(self, capture: CaptureConfig) -> Picture:
        """One picture, which says of itself when it is black or frozen.

        Raises SourceError when the camera gives nothing within its time, or nothing of use.
        """
        frame = self._read_in_time(capture)
        taken_at = datetime.now(UTC)
        try:
            state = self._doubts.judge(frame)
            fitted = fit_frame(frame, capture.width, capture.height)
            content = encode_jpeg(fitted, quality=capture.quality)
        except cv2.error as error:
            sentence = f"{self.name} gives a picture that cannot be used: {error.args[0]}"
            raise SourceError(sentence) from error
        doubt = {} if state is CameraState.OK else {CAMERA_METADATA: str(state)}
        return Picture(content, taken_at, metadata=doubt)

    def _read_in_time(self, capture: CaptureConfig) -> Frame:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) >= MOST_ABANDONED:
            raise SourceHung(f"{self.name} hangs in its driver; unplug it or restart the machine.")
        reading = _Reading()
        limit = self._limit_seconds + capture.warmup
        thread = threading.Thread(target=self._fill, args=(reading, capture), daemon=True)
        thread.start()
        thread.join(limit)
        if thread.is_alive():
            self._threads.append(thread)
            raise SourceError(f"{self.name} gave no picture within {limit:g} seconds.")
        if reading.frame is not None and not reading.frame.size:
            raise SourceError(f"{self.name} gives a picture that cannot be used: it is empty.")
        if reading.frame is None:
            raise SourceError(reading.trouble or f"{self.name} failed in its driver.")
        return reading.frame

    def _fill(self, reading: _Reading, capture: CaptureConfig) -> None:
        try:
            reading.frame = self._grab(capture)
        except (SourceError, cv2.error) as error:
            reading.trouble = f"{self.name}: {error}"


def grab_from(
    place: int | str, backend: Backend = Backend.ANY, *, limit_seconds: float = READ_SECONDS
) -> Grab:
    """A function that opens the camera, lets the exposure settle, and gives the next frame.

    A stream gives up by itself after `limit_seconds` of silence, so that its thread ends too.
    Raises SourceError where this OpenCV has no such backend.
    """
    if backend is not Backend.ANY and API_OF[backend] not in _apis_here():
        raise SourceError(f"The OpenCV of this machine has no backend {backend}.")

    def grab(capture: CaptureConfig) -> Frame:
        device = _open(place, backend, limit_seconds)
        try:
            if not device.isOpened():
                raise SourceError(
                    "it cannot be opened. Is it plugged in, and not in use elsewhere?"
                )
            device.set(cv2.CAP_PROP_FRAME_WIDTH, capture.width)
            device.set(cv2.CAP_PROP_FRAME_HEIGHT, capture.height)
            _settle(device, capture.warmup)
            arrived, frame = device.read()
            if not arrived:
                raise SourceError("it is open but gives no picture.")
            return cast("Frame", frame)
        finally:
            device.release()

    return grab


def _open(place: int | str, backend: Backend, limit_seconds: float) -> cv2.VideoCapture:
    is_stream = isinstance(place, str)
    by_ffmpeg = backend is Backend.FFMPEG or (backend is Backend.ANY and is_stream)
    if not by_ffmpeg or cv2.CAP_FFMPEG not in _apis_here():
        return cv2.VideoCapture(place, API_OF[backend])
    milliseconds = round(limit_seconds * 1000)
    patience = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds]
    patience += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
    return cv2.VideoCapture(str(place), cv2.CAP_FFMPEG, patience)


def _apis_here() -> Sequence[int]:
    apis: Sequence[int] = cv2.videoio_registry.getBackends()
    return apis


def _settle(device: cv2.VideoCapture, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and device.grab():
        pass
