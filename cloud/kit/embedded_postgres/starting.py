"""Start the embedded PostgreSQL, or join the one that already runs for this folder."""

import os
from pathlib import Path

import psycopg

from cloud.kit.embedded_postgres import locks
from cloud.kit.embedded_postgres.cluster import ensure_cluster
from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError
from cloud.kit.embedded_postgres.home import NAME, Home, make_home
from cloud.kit.embedded_postgres.keeping import ensure_keeper
from cloud.kit.embedded_postgres.waiting import wait_for

START_SECONDS = 120.0  # a recovery after a power cut on a small board takes its time
STOP_SECONDS = 30.0


class EmbeddedPostgres:
    """This process's hold on the server. The server stops when the last hold is gone."""

    def __init__(self, home: Home, hold: int) -> None:
        self.url = home.url()
        self._home = home
        self._hold: int | None = hold

    def close(self) -> None:
        """Let go; the last one waits until the server has stopped in good order.

        A process that dies without this lets go as well.
        """
        self._let_go(and_discard=False)

    def discard(self) -> None:
        """Let go of a throwaway database; the last one deletes it."""
        self._let_go(and_discard=True)

    def _let_go(self, *, and_discard: bool) -> None:
        if self._hold is None:
            return
        hold, self._hold = self._hold, None
        starting = locks.try_exclusively(self._home.starting_lock)
        try:
            # While we hold the starting lock nobody can join, so "last" stays true.
            is_last = locks.upgrade(hold) and starting is not None
            os.close(hold)
            if is_last:
                wait_for(lambda: not locks.is_held(self._home.keeper_lock), STOP_SECONDS)
            if is_last and and_discard:
                self._home.remove()
        finally:
            if starting is not None:
                os.close(starting)


def start_embedded(data_directory: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Start or join the server under `data_directory`, blocking until it answers.

    `durable=False` is for tests: several times faster, and a power cut may lose the database.
    It counts for the process that starts the server, not for those that join. Raises
    EmbeddedPostgresError with one sentence if the server cannot run here.
    """
    while True:
        home = make_home(data_directory)
        with locks.exclusively(home.starting_lock) as starting:
            if locks.is_in_place(home.starting_lock, starting):
                return EmbeddedPostgres(home, _start(home, starting, durable=durable))
        # While we waited, the last user of a throwaway database has deleted it: make a new one.


def _start(home: Home, starting: int, *, durable: bool) -> int:
    """With the starting lock held: our share of the users' lock, once the server answers."""
    hold = locks.share(home.users_lock)
    try:
        ensure_cluster(home, starting, durable=durable)
        ensure_keeper(home, durable=durable)
        _wait_until_ready(home)
        _ensure_database(home)
    except BaseException:
        os.close(hold)
        raise
    return hold


def _wait_until_ready(home: Home) -> None:
    """The keeper gives up on a server that ends at once; then there is nothing to wait for."""

    def is_settled() -> bool:
        return _answers(home) or not locks.is_held(home.keeper_lock)

    wait_for(is_settled, START_SECONDS)
    if _answers(home):
        return
    last_words = home.log.read_text(errors="replace").strip().splitlines()[-3:]
    raise EmbeddedPostgresError(
        f"PostgreSQL did not start in {home.cluster}: {' / '.join(last_words)}"
    )


def _answers(home: Home) -> bool:
    try:
        psycopg.connect(home.url("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(home: Home) -> None:
    with psycopg.connect(home.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {NAME}")
