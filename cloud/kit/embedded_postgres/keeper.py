"""The process that keeps a PostgreSQL server running for exactly as long as somebody uses it.

It is the server's parent and nobody's child. Every user process holds a shared lock on one file;
the keeper waits for the exclusive one, which the system grants when the last user is gone, even by
kill -9. It starts the server again if that dies under its users, and keeps its log short.

Run as a program by path, with nothing but the standard library: it must not load what the
users of the server load.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOG_LIMIT = 1 << 20  # bytes
SHORTEST_RUN = 5.0  # seconds: a server that ended sooner would probably do so again
PAUSE = 2.0  # seconds before the next try then
PATIENCE = 20.0  # seconds for an orderly stop


@dataclass(frozen=True)
class Orders:
    """What to run and as whom; descriptors are inherited, so no path can be swapped meanwhile."""

    command: list[str]
    environment: dict[str, str]
    pid_file: str
    uid: int | None
    gid: int | None
    keeper_lock: int
    users_lock: int
    log: int


class Server:
    """One PostgreSQL server as our child. `run` and `stop` are called from two threads."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._log = BoundedLog(orders.log)
        self._mutex = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self.is_unwanted = threading.Event()

    def run(self) -> float:
        """Run until the server ends by itself or is stopped; the seconds it lasted."""
        began = time.monotonic()
        with self._mutex:
            if self.is_unwanted.is_set():
                return 0.0
            child = self._child = self._launch()
        with child:
            for line in child.stdout or ():
                self._log.write(line)
        return time.monotonic() - began

    def stop(self) -> None:
        """A fast shutdown; an immediate one if that takes too long, which only costs a recovery."""
        with self._mutex:
            self.is_unwanted.set()
            child = self._child
        if child is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            child.send_signal(number)
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                continue
            return

    def _launch(self) -> subprocess.Popen[bytes]:
        orders = self._orders
        return subprocess.Popen(  # noqa: S603  (the starter's own command, never a shell's words)
            orders.command,
            cwd="/",
            env=orders.environment | disown_stale_pid(Path(orders.pid_file)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=orders.uid,
            group=orders.gid,
            extra_groups=None if orders.uid is None else [],
        )


class BoundedLog:
    """A log that forgets its older half when full."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, line: bytes) -> None:
        """Append; a full disk must not end the server, so what cannot be written is dropped."""
        with suppress(OSError):
            size = os.lseek(self._descriptor, 0, os.SEEK_END)
            if size + len(line) > LOG_LIMIT:
                self._forget_older_half(size)
            os.write(self._descriptor, line[: LOG_LIMIT // 2])

    def _forget_older_half(self, size: int) -> None:
        newer = os.pread(self._descriptor, LOG_LIMIT // 2, max(0, size - LOG_LIMIT // 2))
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, newer)


def disown_stale_pid(pid_file: Path) -> dict[str, str]:
    """Let the server take over a pid file whose number may belong to a stranger by now.

    PostgreSQL refuses to start while a process with the number in its pid file exists, unless that
    is its own ancestor, as told in this variable (pg_ctl uses it so). Its second guard, which
    finds a living server by the shared memory of the data folder, stays in force.
    """
    try:
        return {"PG_GRANDPARENT_PID": str(int(pid_file.read_text().split()[0]))}
    except (FileNotFoundError, IndexError, ValueError):
        return {}


def stop_when_unused(server: Server, users_lock: int) -> None:
    fcntl.flock(users_lock, fcntl.LOCK_EX)
    server.stop()


def keep(orders: Orders) -> None:
    server = Server(orders)
    waiting = threading.Thread(target=stop_when_unused, args=(server, orders.users_lock))
    waiting.daemon = True
    waiting.start()
    lasted = server.run()
    can_run = lasted > SHORTEST_RUN  # else the starter tells why not, and nobody retries in vain
    while can_run and not server.is_unwanted.is_set():
        if lasted < SHORTEST_RUN:
            server.is_unwanted.wait(PAUSE)
        lasted = server.run()
    # First this one: whoever gets the users' lock next must find that there is no keeper.
    os.close(orders.keeper_lock)


def main() -> None:
    orders = Orders(**json.loads(sys.argv[1]))
    if os.fork() != 0:
        os._exit(0)  # the starter is to have no child that it must wait for
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a service manager tells all: users go first
    keep(orders)


if __name__ == "__main__":
    main()
