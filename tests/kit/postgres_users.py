"""Arranges processes that share an embedded server, as this user or as an unprivileged one."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypedDict

import psycopg

from cloud.kit.embedded_postgres.waiting import wait_for

CODE = Path(__file__).resolve().parents[2]
DEADLINE = 60.0


@dataclass(frozen=True)
class User:
    """A running process that holds the server."""

    process: subprocess.Popen[str]
    url: str
    server_started: str

    def leave(self) -> None:
        said, _ = self.process.communicate("leave\n", timeout=DEADLINE)
        assert said.strip() == "left"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE)


@dataclass
class Place:
    """A data directory and the user of this machine whose processes share its server."""

    data: Path
    uid: int
    launched: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def server_uid(self) -> int:
        return self.uid or nobody()

    def hold(self, database: Path) -> None:
        """Put a copy of a stopped server's database here, as its first start would have made it."""
        self.folder.mkdir(mode=0o711)
        os.chown(self.folder, self.uid, -1)
        copied = start_process(["/bin/cp", "-a", str(database), str(self.folder)])
        _, said = copied.communicate(timeout=DEADLINE)
        assert copied.returncode == 0, said

    def launch(self) -> subprocess.Popen[str]:
        program = CODE / "tests/kit/postgres_user.py"
        process = start_process([python_for(self.uid), str(program), str(self.data)], self.uid)
        self.launched.append(process)
        return process

    def enter(self) -> User:
        return meet(self.launch())

    def server_pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def keeper_pid(self) -> int:
        asked = start_process(["/bin/ps", "-o", "ppid=", "-p", str(self.server_pid())])
        return int(asked.communicate()[0])

    def leave_nothing(self) -> None:
        for process in self.launched:
            process.kill()
            process.communicate()
        pid_file = self.folder / "data" / "postmaster.pid"
        assert wait_for(lambda: not pid_file.exists(), DEADLINE)
        shutil.rmtree(self.data)


def meet(process: subprocess.Popen[str]) -> User:
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    url, started = line.strip().split("\t")
    return User(process, url, started)


def make_place(uid: int) -> Place:
    data = Path(tempfile.mkdtemp(prefix="visant-test-"))
    data.chmod(0o755)
    os.chown(data, uid, -1)
    return Place(data, uid)


def accounts() -> list[int]:
    """Root's processes and an ordinary user's; only our own where we are no root."""
    if os.geteuid() != 0:
        return [os.geteuid()]
    return [0, nobody()] if python_for(nobody()) else [0]


def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


@cache
def python_for(uid: int) -> str:
    """An interpreter that the user can run with our packages, or an empty word."""
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if not Path(candidate).exists():
            continue
        words = [candidate, "-c", "import psycopg, cloud.kit.embedded_postgres"]
        try:
            asked = start_process(words, uid)
        except PermissionError:
            continue
        asked.communicate()
        if asked.returncode == 0:
            return candidate
    return ""


def start_process(words: list[str], uid: int | None = None) -> subprocess.Popen[str]:
    """Run a program with our packages at hand, as another user if one is named."""
    return subprocess.Popen(  # noqa: S603  (the tests' own words)
        words,
        cwd="/",
        env=os.environ | {"PYTHONPATH": packages(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **switch(os.geteuid() if uid is None else uid),
    )


def packages() -> str:
    return os.pathsep.join((str(CODE), str(Path(psycopg.__file__).parents[1])))


class Switch(TypedDict, total=False):
    """The arguments of subprocess that make the child another user's."""

    user: int
    group: int
    extra_groups: list[int]


def switch(uid: int) -> Switch:
    if uid == os.geteuid():
        return {}
    return {"user": uid, "group": pwd.getpwuid(uid).pw_gid, "extra_groups": []}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill_and_wait(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: not any(is_running(pid) for pid in pids), DEADLINE)
