import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.supervisor import READY, Supervisor


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(str(tmp_path / "notify"))
        opened.settimeout(5)
        yield opened


def test_the_supervisor_hears_that_we_are_ready(ear: socket.socket) -> None:
    Supervisor({"NOTIFY_SOCKET": ear.getsockname()}).tell(READY, "STATUS=Watching")
    assert ear.recv(200) == b"READY=1\nSTATUS=Watching"


def test_signs_of_life_come_at_half_of_the_time_allowed(ear: socket.socket) -> None:
    said = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "30000000"}
    supervisor = Supervisor(said)
    for now in (0.0, 1.0, 14.9, 15.0, 16.0):
        supervisor.tell_alive(lambda now=now: now)  # type: ignore[misc]
    supervisor.tell("END")
    assert [ear.recv(200) for _ in range(3)] == [b"WATCHDOG=1", b"WATCHDOG=1", b"END"]


def test_an_abstract_socket_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("")
        ear.settimeout(5)
        name = ear.getsockname()[1:].decode()
        Supervisor({"NOTIFY_SOCKET": f"@{name}"}).tell(READY)
        assert ear.recv(200) == b"READY=1"


def test_without_a_supervisor_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    Supervisor({}).tell(READY)
    Supervisor({"WATCHDOG_USEC": "soon"}).tell_alive()
    assert caplog.messages == []


def test_a_supervisor_that_is_gone_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell(READY)
    assert any("does not hear" in line for line in caplog.messages)
