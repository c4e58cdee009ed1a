"""See to it that the server has a keeper: the one there is, or a new one with a fresh server."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from cloud.kit.embedded_postgres import keeper, locks
from cloud.kit.embedded_postgres.account import neutral_environment
from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError
from cloud.kit.embedded_postgres.home import Home
from cloud.kit.embedded_postgres.settings import server_command
from cloud.kit.embedded_postgres.sockets import prepare_socket_folder
from cloud.kit.embedded_postgres.waiting import wait_for

STOP_SECONDS = 30.0


def ensure_keeper(home: Home, *, durable: bool) -> None:
    """Call with the starting lock held. The server may not answer yet when this returns."""
    keeper_lock = locks.try_exclusively(home.keeper_lock)
    if keeper_lock is None:
        return
    try:
        _stop_orphan(home)
        prepare_socket_folder(home.sockets, home.account)
        _launch_keeper(home, keeper_lock, durable=durable)
    finally:
        os.close(keeper_lock)  # the keeper has inherited the lock itself


def _stop_orphan(home: Home) -> None:
    """A server whose keeper was killed has nobody to stop it later: a fresh one takes its place.

    Its pid file is believed only because a server answers on the socket: it wrote that file.
    """
    if not _is_listening(home.socket):
        return
    pid = int((home.cluster / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGINT)
    if not wait_for(lambda: not _is_running(pid), STOP_SECONDS):
        raise EmbeddedPostgresError(
            f"An earlier PostgreSQL (process {pid}) still runs in {home.cluster} and does not stop:"
            " end it, then start again."
        )


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _launch_keeper(home: Home, keeper_lock: int, *, durable: bool) -> None:
    account = home.account
    users_lock, log = locks.open_private(home.users_lock), locks.open_private(home.log)
    orders = keeper.Orders(
        command=server_command(home, durable=durable),
        environment=neutral_environment(),
        pid_file=str(home.cluster / "postmaster.pid"),
        uid=account.uid if account.is_switched else None,
        gid=account.gid if account.is_switched else None,
        keeper_lock=keeper_lock,
        users_lock=users_lock,
        log=log,
    )
    try:
        subprocess.run(  # noqa: S603  (this interpreter, our own file)
            [sys.executable, "-I", "-S", keeper.__file__, json.dumps(asdict(orders))],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=(keeper_lock, users_lock, log),
            start_new_session=True,  # a Ctrl-C is for the users of the server
        )
    finally:
        os.close(users_lock)
        os.close(log)
