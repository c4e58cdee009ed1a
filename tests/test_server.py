"""The process itself, as an operator starts and stops it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from cloud.kit.migrations import ROOT

PATIENCE = 60
PASSWORD = "kettle lantern orchard"


@dataclass(frozen=True)
class Running:
    """A process that serves."""

    process: subprocess.Popen[str]
    client: httpx2.Client

    def stop(self) -> float:
        """SIGTERM; the seconds until the process had ended, with status 0."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, said
        return time.monotonic() - started


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Only what is named here, and what any process needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "VISANT_DATA_DIR": str(folder), "PUBLIC_URL": "http://visant.test", **settings}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Running]:
    port = free_port()
    process = subprocess.Popen(  # noqa: S603  # our own server
        [sys.executable, str(ROOT / "server.py")],
        cwd=folder,
        env=environment(folder, PORT=str(port), **settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        try:
            wait_until_ready(process, client)
            yield Running(process, client)
        finally:
            process.kill()
            process.communicate()


def wait_until_ready(process: subprocess.Popen[str], client: httpx2.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        try:
            if client.get("/ready").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the process never was ready")


def sign_up(client: httpx2.Client) -> dict[str, str]:
    answer = client.post(
        "/v1/auth/signup", json={"email": "anna@example.test", "password": PASSWORD}
    )
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_two_copies_serve_one_database_and_stop_within_seconds_with_streams_open(
    tmp_path: Path,
) -> None:
    """On an embedded PostgreSQL, which the first copy starts and the second one shares."""
    with serving(tmp_path) as first, serving(tmp_path) as second:
        assert first.client.get("/health").json()["status"] == "ok"
        headers = sign_up(first.client)
        assert second.client.get("/v1/auth/me", headers=headers).status_code == 200

        with first.client.stream("GET", "/v1/capture-events/stream", headers=headers) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry:")
            assert first.stop() < 5
            assert list(lines)[-1] == "", "the stream ended, and was not torn"

        assert second.client.get("/ready").status_code == 200
        assert second.client.get("/v1/auth/me", headers=headers).status_code == 200
        assert second.stop() < 5


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"DATABASE_URL": "mysql://somewhere/visant"}, "DATABASE_URL"),
        ({"ENVIRONMENT": "production"}, "SECRET_KEY"),
        ({"DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:1/visant"}, "cannot be reached"),
    ],
    ids=["port", "database", "production", "unreachable"],
)
def test_a_process_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    status, said = run_to_the_end(tmp_path, **settings)
    assert status == 2
    assert named in said
    assert "Traceback" not in said
    assert "hush" not in said
    assert len(said.strip().splitlines()) == 1


def run_to_the_end(folder: Path, **settings: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603  # our own server
        [sys.executable, str(ROOT / "server.py")],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_silent_mail_server_does_not_keep_the_process_from_stopping(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp_url = f"smtp://127.0.0.1:{silent.getsockname()[1]}?starttls=never"
        with serving(tmp_path, SMTP_URL=smtp_url) as running:
            answer = running.client.post(
                "/v1/auth/signup", json={"email": "a@visant.test", "password": PASSWORD}
            )
            assert answer.status_code == 201
            silent.settimeout(PATIENCE)
            connection, _ = silent.accept()
            with connection:
                started = time.monotonic()
                running.process.send_signal(signal.SIGTERM)
                running.process.communicate(timeout=PATIENCE)
                assert time.monotonic() - started < 5
