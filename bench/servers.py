"""Several server processes on one database, each of which may be killed and started anew."""

import time
from subprocess import Popen

import httpx2

from bin._demo.processes import Processes, choose_port

START_SECONDS = 60


class Servers:
    """So many of them. They share the data folder of `processes`, and what is in it."""

    def __init__(self, processes: Processes, count: int) -> None:
        self._processes = processes
        self._ports = [choose_port(0) for _ in range(count)]
        self._running = [self._start(number) for number in range(count)]
        self.kills = 0

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self._ports[number]}"

    def kill(self, number: int) -> None:
        """With SIGKILL; it is started at once, and ready a little later."""
        self._running[number].kill()
        self._running[number].wait()
        self._running[number] = self._start(number)
        self.kills += 1

    def wait_until_ready(self) -> None:
        """Raises SystemExit with the first one's last words where one never is."""
        deadline = time.monotonic() + START_SECONDS
        for number in range(len(self._ports)):
            while not self.is_ready(number):
                if time.monotonic() > deadline:
                    words = self._processes.last_words(str(number))
                    raise SystemExit(f"Visant did not start:\n{words}")
                time.sleep(0.2)

    def is_ready(self, number: int) -> bool:
        try:
            return httpx2.get(f"{self.url(number)}/ready", timeout=2).is_success
        except httpx2.TransportError:
            return False

    def _start(self, number: int) -> Popen[bytes]:
        environment = {
            "VISANT_DATA_DIR": str(self._processes.folder),
            "PORT": str(self._ports[number]),
        }
        return self._processes.start(str(number), ["server.py"], environment)
