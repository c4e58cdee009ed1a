import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from device.spool import Spool
from tests.device.cloud_stand_in import (
    CloudStandIn,
    capture_event,
    event,
    page,
    problem,
)
from tests.device.pictures import jpeg, write_folder


@pytest.fixture
def stand_in(httpserver: HTTPServer) -> CloudStandIn:
    return CloudStandIn(httpserver)


def start_device(
    tmp_path: Path, url: str, source: str, *flags: str, key: str = "vdk_secret"
) -> subprocess.Popen[str]:
    key_file = tmp_path / "key"
    key_file.write_text(key)
    arguments = ["--url", url, "--key-file", str(key_file), "--device-id", "U-1"]
    arguments += ["--source", source, "--spool", str(tmp_path / "spool"), *flags]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "device", "run", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )


def test_a_folder_is_played_delivered_and_ended(tmp_path: Path, stand_in: CloudStandIn) -> None:
    folder = write_folder(tmp_path / "stills", 4)
    device = start_device(tmp_path, stand_in.url, f"folder:{folder}", "--interval", "0.1")
    _, told = device.communicate(timeout=30)
    assert device.returncode == 0, told
    assert sorted(stand_in.stored.values()) == sorted(jpeg(40 + number) for number in range(4))
    assert stand_in.beats
    assert list((tmp_path / "spool" / "pictures").iterdir()) == []
    assert "Picture taken n=4" in told
    assert "vdk_secret" not in told


def test_failures_on_the_way_lose_nothing(tmp_path: Path, stand_in: CloudStandIn) -> None:
    stand_in.orders.extend([page(200), page(502)])
    folder = write_folder(tmp_path / "stills", 3)
    device = start_device(tmp_path, stand_in.url, f"folder:{folder}", "--interval", "0.1")
    _, told = device.communicate(timeout=30)
    assert device.returncode == 0, told
    assert len(stand_in.stored) == 3


def test_a_refused_picture_shows_in_the_exit_code(tmp_path: Path, stand_in: CloudStandIn) -> None:
    stand_in.orders.append(problem(422, "broken_image"))
    folder = write_folder(tmp_path / "stills", 1)
    device = start_device(tmp_path, stand_in.url, f"folder:{folder}", "--interval", "0.1")
    _, told = device.communicate(timeout=30)
    assert device.returncode == 1
    assert "never take this picture" in told


def test_once_takes_a_single_picture(tmp_path: Path, stand_in: CloudStandIn) -> None:
    still = write_folder(tmp_path / "stills", 1) / "0000.jpg"
    device = start_device(tmp_path, stand_in.url, f"still:{still}", "--once")
    device.communicate(timeout=30)
    assert device.returncode == 0
    assert list(stand_in.stored.values()) == [still.read_bytes()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_two_seconds(
    tmp_path: Path, stand_in: CloudStandIn, number: signal.Signals
) -> None:
    still = write_folder(tmp_path / "stills", 1) / "0000.jpg"
    device = start_device(tmp_path, stand_in.url, f"still:{still}", "--interval", "0.1")
    assert device.stderr is not None
    while "delivered" not in device.stderr.readline():
        pass
    asked = time.monotonic()
    device.send_signal(number)
    device.communicate(timeout=10)
    assert device.returncode == 0
    assert time.monotonic() - asked < 2


def test_pictures_of_a_dead_run_are_delivered_by_the_next(
    tmp_path: Path, stand_in: CloudStandIn, unused_tcp_port: int
) -> None:
    folder = write_folder(tmp_path / "stills", 3)
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    first = start_device(tmp_path, nowhere, f"folder:{folder}", "--interval", "0.1")
    assert first.stderr is not None
    while "taken n=3" not in first.stderr.readline():
        pass
    first.kill()
    first.communicate(timeout=10)
    spool = Spool(tmp_path / "spool")
    assert spool.counts().waiting == 3
    spool.close()
    still = folder / "0000.jpg"
    second = start_device(tmp_path, stand_in.url, f"still:{still}", "--once")
    second.communicate(timeout=30)
    assert second.returncode == 0
    assert len(stand_in.stored) == 4


def test_pictures_of_a_former_activation_are_not_delivered_with_the_key_of_the_next(
    tmp_path: Path, stand_in: CloudStandIn, unused_tcp_port: int
) -> None:
    folder = write_folder(tmp_path / "stills", 2)
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    former, next_one = (
        json.dumps({"device_key": f"vdk_{name}", "activation_id": name}) for name in ("a-1", "a-2")
    )
    first = start_device(tmp_path, nowhere, f"still:{folder / '0000.jpg'}", key=former)
    assert first.stderr is not None
    while "taken n=1" not in first.stderr.readline():
        pass
    first.kill()
    first.communicate(timeout=10)
    still = folder / "0001.jpg"
    second = start_device(tmp_path, stand_in.url, f"still:{still}", "--once", key=next_one)
    _, told = second.communicate(timeout=30)
    assert second.returncode == 0
    assert "activated anew" in told
    assert list(stand_in.stored.values()) == [still.read_bytes()]


def test_a_wrong_start_is_one_sentence(tmp_path: Path) -> None:
    device = start_device(tmp_path, "http://127.0.0.1:9", "camera:0", "--interval", "1")
    _, told = device.communicate(timeout=30)
    assert device.returncode == 2
    assert told.count("\n") == 1
    assert "every 7 seconds at most" in told


def test_a_command_makes_one_picture_and_a_release_ends_the_client(
    tmp_path: Path,
) -> None:
    with HTTPServer(threaded=True) as server:
        stand_in = CloudStandIn(server)
        delivered = threading.Event()
        asked = capture_event(2, "c1", label="door")
        connected = event("connected", 1, config_version=0, scheduled=True)

        def said() -> Iterator[bytes]:
            yield from (connected, asked, asked)
            delivered.wait(10)
            yield from (asked, event("release", 3))

        stand_in.streams.append(Response(said(), mimetype="text/event-stream"))
        still = write_folder(tmp_path / "stills", 1) / "0000.jpg"
        device = start_device(tmp_path, server.url_for(""), f"still:{still}", "--interval", "60")
        deadline = time.monotonic() + 20
        while not any(ack.get("capture_record_id") for _, ack in stand_in.acks):
            assert time.monotonic() < deadline
            delivered.wait(0.02)
        delivered.set()
        _, told = device.communicate(timeout=30)
    assert device.returncode == 0, told
    assert "released from its organization" in told
    labels = [upload.get("trigger_label") for upload in stand_in.uploads]
    assert labels.count(b"door") == 1
    assert [ack["status"] for _, ack in stand_in.acks][-1] == "done"


def test_a_camera_that_schedules_ask_takes_none_by_itself_at_its_start(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep_config(1, {})
    spool.close()
    with HTTPServer(threaded=True) as server:
        stand_in = CloudStandIn(server)
        stand_in.config_version = 1

        def said() -> Iterator[bytes]:
            while not stand_in.beats:  # all else is at work before the stream says its first word
                threading.Event().wait(0.02)
            yield event("connected", 1, config_version=1, scheduled=True)
            yield capture_event(2, "c1", label="door")
            while not stand_in.uploads:
                threading.Event().wait(0.02)
            yield event("release", 3)

        stand_in.streams.append(Response(said(), mimetype="text/event-stream"))
        still = write_folder(tmp_path / "stills", 1) / "0000.jpg"
        device = start_device(tmp_path, server.url_for(""), f"still:{still}", "--interval", "60")
        _, told = device.communicate(timeout=30)
    assert device.returncode == 0, told
    assert told.count("Picture taken") == 1
    assert [upload.get("trigger_label") for upload in stand_in.uploads] == [b"door"]


@pytest.mark.long
def test_a_camera_whose_cloud_says_nothing_waits_a_moment_and_then_takes_its_own(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        still = write_folder(tmp_path / "stills", 1) / "0000.jpg"
        began = time.monotonic()
        device = start_device(tmp_path, url, f"still:{still}", "--interval", "60")
        assert device.stderr is not None
        while "Picture taken n=1" not in device.stderr.readline():
            pass
        assert time.monotonic() - began < 15
        device.terminate()
        device.communicate(timeout=10)
