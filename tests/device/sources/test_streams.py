"""A network camera on loopback, as OpenCV opens it: MJPEG over HTTP, which dies and hangs."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import pytest

from device.jpeg import Frame
from device.sources import camera as cameras
from device.sources.camera import Camera, grab_from
from device.sources.source import SourceError
from device.sources.spec import Backend
from device.wire import CaptureConfig
from tests.device.pictures import decode, jpeg

SMALL = CaptureConfig(width=320, height=240, warmup=0)
BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"


class StandIn(ThreadingHTTPServer):
    """Streams a grey picture for ever; silent while `hangs`, gone while `is_dead`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.hangs = self.is_dead = False
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/stream.mjpg"


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        if self.server.is_dead:
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        still = jpeg(140, 320, 240)
        try:
            while not self.server.over.is_set():
                if not self.server.hangs:
                    self.wfile.write(BOUNDARY % len(still) + still + b"\r\n")
                self.server.over.wait(0.02)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""


@pytest.fixture
def stream() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def test_a_stream_gives_its_picture_and_comes_back_after_it_died(stream: StandIn) -> None:
    camera = Camera("The stream", grab_from(stream.url))
    assert decode(camera.read(SMALL).content).shape == (240, 320, 3)
    stream.is_dead = True
    with pytest.raises(SourceError, match="cannot be opened"):
        camera.read(SMALL)
    stream.is_dead = False
    assert abs(float(decode(camera.read(SMALL).content).mean()) - 140) < 5


def test_a_stream_that_falls_silent_ends_its_own_thread(stream: StandIn) -> None:
    stream.hangs = True
    camera = Camera("The stream", grab_from(stream.url, limit_seconds=1), limit_seconds=0.2)
    with pytest.raises(SourceError, match="gave no picture within"):
        camera.read(SMALL)
    (abandoned,) = camera._threads
    abandoned.join(20)
    assert not abandoned.is_alive()


def test_a_backend_is_the_one_that_was_asked_for(
    stream: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Camera("The stream", grab_from(stream.url, Backend.FFMPEG)).read(SMALL).content
    monkeypatch.setattr(cameras, "_apis_here", lambda: [cv2.CAP_V4L2])
    with pytest.raises(SourceError, match="has no backend gstreamer"):
        grab_from(0, Backend.GSTREAMER)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_driver_that_fails_in_its_own_way_is_said_to_have_failed() -> None:
    def grab(_: CaptureConfig) -> Frame:
        raise ZeroDivisionError

    with pytest.raises(SourceError, match="Camera 0 failed in its driver"):
        Camera("Camera 0", grab).read(SMALL)
