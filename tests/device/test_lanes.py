"""Live pictures are not held up by the backlog, and a cloud that fails is asked no more often."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from device.client import Cloud
from device.identity import Identity
from device.spool import Asking, Spool
from device.uplink import Settling, open_lanes
from tests.device.cloud_stand_in import CloudStandIn, page, problem, read_parts
from tests.device.pictures import picture


class StallingCloud(CloudStandIn):
    """Answers nothing about the numbers named until it is let; says of each that it came."""

    def __init__(self, server: HTTPServer, *stalled: bytes) -> None:
        self._stalled = stalled
        self.goes_on = threading.Event()
        self.came = {number: threading.Event() for number in (b"1", b"2", b"3", b"4")}
        super().__init__(server)

    def _take(self, request: Request) -> Response:
        number = read_parts(request)["sequence"]
        self.came[number].set()
        if number in self._stalled:
            self.goes_on.wait(20)
        return super()._take(request)


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as opened:
        yield opened


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


def take(spool: Spool, count: int) -> None:
    for number in range(count):
        spool.take(picture(50 + number), Asking(label="interval"))


def settling_of(spool: Spool) -> Settling:
    return Settling(spool, dice=random.Random(5))  # noqa: S311 - repeatable


@contextmanager
def sending(url: str, spool: Spool) -> Iterator[None]:
    """Both lanes at work in threads of their own."""
    stop = threading.Event()
    with Cloud(Identity(url, "U-1", "vdk_x"), version="1") as cloud:
        lanes = open_lanes(cloud, spool, settling_of(spool), stop=stop)
        threads = [threading.Thread(target=lane.run) for lane in lanes]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)


def test_live_pictures_go_up_while_one_of_the_backlog_is_stalled(
    server: HTTPServer, spool: Spool
) -> None:
    stand_in = StallingCloud(server, b"1")
    take(spool, 2)
    with sending(stand_in.url, spool):
        assert stand_in.came[b"1"].wait(10)
        assert stand_in.came[b"2"].wait(10)
        for number in (b"3", b"4"):
            take(spool, 1)
            assert stand_in.came[number].wait(10)
        stand_in.goes_on.set()
    sent = [upload["sequence"] for upload in stand_in.uploads]
    assert sorted(sent) == [b"1", b"2", b"3", b"4"]


def test_the_backlog_goes_on_while_a_live_picture_is_stalled_and_leaves_that_alone(
    server: HTTPServer, spool: Spool
) -> None:
    stand_in = StallingCloud(server, b"3")
    take(spool, 3)
    with sending(stand_in.url, spool):
        assert stand_in.came[b"3"].wait(10)
        take(spool, 1)  # from now on the third is live no more
        assert stand_in.came[b"2"].wait(10)
        stand_in.goes_on.set()
        assert stand_in.came[b"4"].wait(10)
    sent = [upload["sequence"] for upload in stand_in.uploads]
    assert sorted(sent) == [b"1", b"2", b"3", b"4"]


def test_a_cloud_that_fails_is_asked_by_the_live_picture_alone_and_it_is_said_once(
    server: HTTPServer, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in = CloudStandIn(server)
    stand_in.orders.extend(page(200) for _ in range(3))
    take(spool, 3)
    with Cloud(Identity(stand_in.url, "U-1", "vdk_x"), version="1") as cloud:
        live, backlog = open_lanes(cloud, spool, settling_of(spool), stop=threading.Event())
        for _ in range(3):
            live.send_next()
            assert backlog.send_next() is None
        assert [upload["sequence"] for upload in stand_in.uploads] == [b"3"] * 3
        assert caplog.text.count("Upload failed") == 1
        live.send_next()
        assert backlog.send_next() == 0
    assert caplog.text.count("Uploads work again") == 1


def test_what_one_lane_is_asked_to_wait_holds_for_the_other(
    server: HTTPServer, spool: Spool
) -> None:
    stand_in = CloudStandIn(server)
    stand_in.orders.append(problem(503, "busy", **{"Retry-After": "40"}))
    take(spool, 1)
    settling = settling_of(spool)
    with Cloud(Identity(stand_in.url, "U-1", "vdk_x"), version="1") as cloud:
        for lane in open_lanes(cloud, spool, settling, stop=threading.Event()):
            lane.send_next()
    assert 39 < settling.seconds_left() <= 41
