"""The whole client, killed at one durable step after the other: nothing taken is ever lost."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.device.cloud_stand_in import CloudStandIn
from tests.device.pictures import write_folder

STEPS = 40
SOME = (8, 17, 30)


def run_client(
    tmp_path: Path, url: str, *, dies_at: int | None
) -> subprocess.CompletedProcess[str]:
    (tmp_path / "key").write_text("vdk_secret")
    stills = write_folder(tmp_path / "stills", 8)
    flags = ["--url", url, "--key-file", str(tmp_path / "key"), "--device-id", "U-1"]
    flags += ["--source", f"folder:{stills}", "--spool", str(tmp_path / "spool")]
    client = ["device"] if dies_at is None else ["tests.device.dying_client", str(dies_at)]
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", *client, "run", *flags, "--interval", "0.1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )


def kill_and_finish(tmp_path: Path, stand_in: CloudStandIn, at: int) -> None:
    """Killed, then started again and left to its end: each number is at the cloud, once."""
    stand_in.config_version, stand_in.config = 1, {"trigger": {}}
    died = run_client(tmp_path, stand_in.url, dies_at=at)
    assert died.returncode == -signal.SIGKILL, died.stderr
    lived = run_client(tmp_path, stand_in.url, dies_at=None)
    assert lived.returncode == 0, lived.stderr
    taken = {int(n) for n in re.findall(r"Picture taken n=(\d+)", died.stderr + lived.stderr)}
    arrived = {int(sequence) for _, sequence in stand_in.stored}
    assert taken <= arrived
    assert len({spool for spool, _ in stand_in.stored}) == 1
    for upload in stand_in.uploads:
        name = upload["spool_id"], upload["sequence"]
        assert stand_in.stored[name] == upload["image"], "one number for two pictures"
    assert list((tmp_path / "spool" / "pictures").iterdir()) == []


@pytest.mark.parametrize("at", SOME)
def test_killed_at_some_steps_nothing_taken_is_lost(
    tmp_path: Path, httpserver: HTTPServer, at: int
) -> None:
    kill_and_finish(tmp_path, CloudStandIn(httpserver), at)


@pytest.mark.long
@pytest.mark.parametrize("at", sorted(set(range(1, STEPS + 1)) - set(SOME)))
def test_killed_at_any_of_the_first_steps_nothing_taken_is_lost(
    tmp_path: Path, httpserver: HTTPServer, at: int
) -> None:
    kill_and_finish(tmp_path, CloudStandIn(httpserver), at)


def test_a_client_that_is_stopped_gives_no_sign_of_life_so_that_the_watchdog_ends_it(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    stand_in = CloudStandIn(httpserver)
    (tmp_path / "key").write_text("vdk_secret")
    still = write_folder(tmp_path / "stills", 1) / "0000.jpg"
    flags = ["--url", stand_in.url, "--key-file", str(tmp_path / "key"), "--device-id", "U-1"]
    flags += ["--source", f"still:{still}", "--spool", str(tmp_path / "spool")]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        client = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "device", "run", *flags],
            env={"PATH": os.environ["PATH"], **watched},
            stderr=subprocess.DEVNULL,
        )
        try:
            ear.settimeout(30)
            assert ear.recv(100) == b"READY=1"
            assert [ear.recv(100), ear.recv(100)] == [b"WATCHDOG=1"] * 2
            client.send_signal(signal.SIGSTOP)
            while select.select([ear], [], [], 0)[0]:
                ear.recv(100)
            assert not select.select([ear], [], [], 2)[0]
        finally:
            client.kill()
            client.wait()
