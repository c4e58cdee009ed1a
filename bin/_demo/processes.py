"""The processes of the demonstration: one server and its cameras, none of which outlives it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

START_SECONDS = 90
STOP_SECONDS = 8


class Processes:
    """Starts the parts, and ends all of them when the `with` block does."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="visant-demo-")
        if os.geteuid() == 0:
            # The database's own user passes through, or it would be placed outside and outlive us.
            self.folder.chmod(0o711)
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def folder(self) -> Path:
        """Where everything is kept, until the end."""
        return Path(self._folder.name)

    def __enter__(self) -> Self:
        self._folder.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Cameras first: they would only complain about a server that is gone.
        for process in reversed(self._running):
            self.stop(process)
        self._folder.__exit__(kind, error, traceback)

    def start(
        self, name: str, arguments: list[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a Python process of ours; its output goes to `NAME.log`."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # our own programs
                [sys.executable, *arguments],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches only us: we end the others, in order.
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask a process to end, and make it where it does not."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def last_words(self, name: str) -> str:
        """The end of a process's output."""
        lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-12:])

    def start_server(self, port: int, environment: Mapping[str, str]) -> str:
        """Start Visant; its address once it is ready. Raises SystemExit with its last words."""
        return self.start_server_process(port, environment)[0]

    def start_server_process(
        self, port: int, environment: Mapping[str, str]
    ) -> tuple[str, subprocess.Popen[bytes]]:
        """The same, with the process itself, for those who mean to end it early."""
        process = self.start("server", ["server.py"], {"PORT": str(port), **environment})
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx2.get(f"{url}/ready", timeout=2).is_success:
                    return url, process
            except httpx2.TransportError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"Visant did not start:\n{self.last_words('server')}")


def leave_blocks_on_sigterm() -> None:
    """Have SIGTERM end this program by way of its `with` blocks, and so all that it started."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def choose_port(wanted: int) -> int:
    """The wanted port, or another one where that is taken."""
    for port in (wanted, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue
    raise SystemExit("No port is free on this machine.")
