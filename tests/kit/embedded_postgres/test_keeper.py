"""The keeper with small stand-in programs for the server, and its log."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.kit.embedded_postgres import keeper, locks
from cloud.kit.embedded_postgres.waiting import wait_for


@pytest.fixture
def user(tmp_path: Path) -> Iterator[list[int]]:
    """The lock of one user, as a list so that a test can make the user leave."""
    held = [locks.share(tmp_path / "users.lock")]
    yield held
    for descriptor in held:
        os.close(descriptor)


def orders_for(folder: Path, program: str) -> keeper.Orders:
    return keeper.Orders(
        command=[sys.executable, "-c", program, str(folder / "runs")],
        environment={},
        pid_file=str(folder / "postmaster.pid"),
        uid=None,
        gid=None,
        keeper_lock=locks.share(folder / "keeper.lock"),
        users_lock=locks.open_private(folder / "users.lock"),
        log=locks.open_private(folder / "log"),
    )


@pytest.mark.usefixtures("user")
def test_a_server_that_ends_at_once_is_given_up_and_its_words_are_in_the_log(
    tmp_path: Path,
) -> None:
    orders = orders_for(tmp_path, "print('cannot run')")
    keeper.keep(orders)
    assert (tmp_path / "log").read_text() == "cannot run\n"
    assert not locks.is_held(tmp_path / "keeper.lock")


def test_a_server_that_dies_under_its_users_is_started_again(
    tmp_path: Path, user: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "SHORTEST_RUN", 0.0)
    orders = orders_for(tmp_path, "import sys; open(sys.argv[1], 'a').write('run ')")
    keeping = threading.Thread(target=keeper.keep, args=(orders,))
    keeping.start()
    runs = tmp_path / "runs"
    assert wait_for(lambda: runs.exists() and runs.read_text().count("run") > 2, 60)
    os.close(user.pop())
    keeping.join(60)
    assert not keeping.is_alive()


def test_the_log_keeps_its_newer_half_when_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "LOG_LIMIT", 100)
    path = tmp_path / "log"
    log = keeper.BoundedLog(locks.open_private(path))
    for number in range(50):
        log.write(b"line %d\n" % number)
        assert path.stat().st_size <= 100
    assert path.read_text().endswith("line 48\nline 49\n")
    assert path.read_text().count("line") >= 5


@pytest.mark.parametrize("words", ["", "not a number\n"])
def test_a_torn_pid_file_disowns_nothing(tmp_path: Path, words: str) -> None:
    path = tmp_path / "postmaster.pid"
    path.write_text(words)
    assert keeper.disown_stale_pid(path) == {}
