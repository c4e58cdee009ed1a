"""A way to the cloud that takes a picture ever so slowly."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from device.client import Cloud, TookTooLong
from device.identity import Identity
from device.picture import Picture
from device.spool import Asking, Spool
from device.uplink import Settling, open_lanes
from tests.device.cloud_stand_in import CloudStandIn
from tests.device.pictures import picture


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


def test_a_picture_that_takes_too_long_lets_the_others_go_first(
    httpserver: HTTPServer, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = CloudStandIn(httpserver)
    for shade in (10, 20, 30):
        spool.take(picture(shade), Asking())
    settling = Settling(spool, dice=random.Random(5))  # noqa: S311 - repeatable
    with Cloud(Identity(stand_in.url, "U-1", "vdk_x"), version="1") as cloud:
        live, backlog = open_lanes(cloud, spool, settling, stop=threading.Event())
        with monkeypatch.context() as hurried:
            hurried.setattr("device.client.LONGEST_UPLOAD", -1.0)
            assert live.send_next() != 0
        assert stand_in.uploads == []
        assert [live.send_next(), *(backlog.send_next() for _ in range(3))] == [None, 0, 0, 0]
    assert [upload["sequence"] for upload in stand_in.uploads] == [b"1", b"2", b"3"]


@contextmanager
def trickling() -> Iterator[str]:
    """The address of a cloud that takes an upload a few bytes at a time, and never answers."""
    stop = threading.Event()

    def trickle() -> None:
        way, _ = ear.accept()
        with way:
            while not stop.wait(0.01) and way.recv(4096):
                pass

    with socket.socket() as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ear.bind(("127.0.0.1", 0))
        ear.listen()
        listener = threading.Thread(target=trickle)
        listener.start()
        yield f"http://127.0.0.1:{ear.getsockname()[1]}"
        stop.set()
        listener.join(10)


def test_an_upload_that_trickles_is_given_up_in_time(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.client.LONGEST_UPLOAD", 0.3)
    kept = spool.take(Picture(bytes(20_000_000), datetime.now(UTC)), Asking())
    began = time.monotonic()
    with trickling() as url, Cloud(Identity(url, "U-1", "vdk_x"), version="1") as cloud:
        with pytest.raises(TookTooLong, match="the upload took too long"):
            cloud.upload(kept, bytes(20_000_000))
        assert time.monotonic() - began < 10
