from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from device.client import Cloud, TurnedAway
from device.identity import Identity
from device.key_watch import GRACE_SECONDS, KeyWatch
from tests.device.cloud_stand_in import CloudStandIn, page, problem

CONFIG_PATH = "/v1/devices/U-1/config"


class Camera:
    """A camera's calls, and the clock of what watches over its key."""

    def __init__(self, server: HTTPServer) -> None:
        self.clock = 0.0
        self.watch = KeyWatch(lambda: self.clock)
        self.cloud = Cloud(Identity(server.url_for(""), "U-1", "vdk_secret"), version="1")
        self.cloud.on_answer = self.watch.hear
        self._server = server

    def hear(self, answer: Response) -> None:
        self._server.clear()
        self._server.expect_request(CONFIG_PATH).respond_with_response(answer)
        self.cloud.fetch_config()


@pytest.fixture
def camera(httpserver: HTTPServer) -> Iterator[Camera]:
    opened = Camera(httpserver)
    with opened.cloud:
        yield opened


def test_a_rejected_key_is_said_once_and_at_once(
    camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        camera.hear(problem(401, "device_key_invalid"))
    assert caplog.text.count("does not accept this device key") == 1
    assert "vdk_secret" not in caplog.text
    assert not camera.watch.rests()


def test_a_stream_that_is_turned_away_says_it_too(
    camera: Camera, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    CloudStandIn(httpserver).streams.append(problem(401, "device_key_invalid"))
    with pytest.raises(TurnedAway), camera.cloud.open_commands(None, silence=1):
        pass
    assert "released from its organization" in caplog.text


def test_after_a_day_of_rejection_the_camera_rests_until_its_key_is_accepted(
    camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    camera.hear(problem(401, "device_key_invalid"))
    camera.clock = GRACE_SECONDS - 1
    assert not camera.watch.rests()
    camera.clock = GRACE_SECONDS
    for _ in range(2):
        camera.hear(problem(401, "device_key_invalid"))
    assert camera.watch.rests()
    assert caplog.text.count("no more pictures are taken") == 1
    camera.hear(Response('{"trigger": {}}', 200, mimetype="application/json"))
    assert not camera.watch.rests()


@pytest.mark.parametrize("answer", [page(401), page(200), problem(503, "busy")])
def test_other_answers_say_nothing_of_the_key(camera: Camera, answer: Response) -> None:
    camera.hear(answer)
    camera.clock = GRACE_SECONDS
    assert not camera.watch.rests()
    camera.hear(problem(401, "device_key_invalid"))
    camera.clock = 2 * GRACE_SECONDS
    camera.hear(answer)
    assert camera.watch.rests()
