"""The embedded PostgreSQL with real processes that come, share, leave and are killed."""

import os
import signal
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from cloud.kit.embedded_postgres import EmbeddedPostgresError, start_embedded
from cloud.kit.embedded_postgres.waiting import wait_for
from tests.kit.postgres_users import (
    DEADLINE,
    Place,
    accounts,
    is_running,
    kill_and_wait,
    make_place,
    meet,
    start_process,
)


@pytest.fixture(params=accounts())
def empty_place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where no server was ever started."""
    made = make_place(request.param)
    yield made
    made.leave_nothing()


@pytest.fixture(scope="module")
def stopped_servers() -> Iterator[Mapping[int, Path]]:
    """A database of each account's, in good order: to make one takes longer than what is tested."""
    places = [make_place(uid) for uid in accounts()]
    for place in places:
        place.enter().leave()
    yield {place.uid: place.folder / "data" for place in places}
    for place in places:
        place.leave_nothing()


@pytest.fixture
def place(empty_place: Place, stopped_servers: Mapping[int, Path]) -> Place:
    """Where a server was started and has stopped."""
    empty_place.hold(stopped_servers[empty_place.uid])
    return empty_place


@pytest.fixture
def crash_place(stopped_servers: Mapping[int, Path]) -> Iterator[Place]:
    """The same for one account, the one that may do least: a crash is mended alike for all."""
    made = make_place(accounts()[-1])
    made.hold(stopped_servers[made.uid])
    yield made
    made.leave_nothing()


@pytest.fixture
def own_place(stopped_servers: Mapping[int, Path]) -> Iterator[Place]:
    made = make_place(os.geteuid())
    made.hold(stopped_servers[made.uid])
    yield made
    made.leave_nothing()


def ask(url: str, question: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(question.encode())
        return answer.fetchall() if answer.description else []


def test_the_first_start_makes_a_database_reachable_by_its_private_socket_only(
    empty_place: Place,
) -> None:
    user = empty_place.enter()
    assert ask(user.url, "SELECT current_user::text, current_database()::text") == [
        ("visant", "visant")
    ]
    settings = ("listen_addresses", "fsync", "TimeZone", "server_encoding")
    assert [ask(user.url, f"SHOW {name}")[0][0] for name in settings] == ["", "on", "UTC", "UTF8"]
    assert ask(user.url, "SELECT datlocprovider, datlocale FROM pg_database LIMIT 1") == [
        ("b", "C.UTF-8")
    ]
    sockets = (empty_place.folder / "sockets").stat()
    assert stat.S_IMODE(sockets.st_mode) == 0o700
    assert sockets.st_uid == empty_place.server_uid


def test_processes_share_one_server_and_the_last_one_out_stops_it(place: Place) -> None:
    first, second = place.enter(), place.enter()
    assert first.server_started == second.server_started
    server = place.server_pid()
    first.leave()
    assert ask(second.url, "SELECT 'still here'") == [("still here",)]
    second.leave()
    assert not is_running(server)


def test_first_starts_at_the_same_moment_make_one_server(empty_place: Place) -> None:
    users = [meet(process) for process in [empty_place.launch() for _ in range(4)]]
    assert len({user.server_started for user in users}) == 1


def test_the_server_ends_when_its_last_users_are_killed_and_starts_again(
    crash_place: Place,
) -> None:
    users = [crash_place.enter(), crash_place.enter()]
    ask(users[0].url, "CREATE TABLE kept AS SELECT 'kept' AS word")
    server = crash_place.server_pid()
    for user in users:
        user.kill()
    assert wait_for(lambda: not is_running(server), 10)
    assert ask(crash_place.enter().url, "SELECT word FROM kept") == [("kept",)]


def test_a_start_after_everything_was_killed_finds_the_data(crash_place: Place) -> None:
    user = crash_place.enter()
    ask(user.url, "CREATE TABLE kept AS SELECT 'kept' AS word")
    keeper, server = crash_place.keeper_pid(), crash_place.server_pid()
    user.kill()
    kill_and_wait(keeper, *([server] if is_running(server) else []))
    assert ask(crash_place.enter().url, "SELECT word FROM kept") == [("kept",)]


def test_a_server_whose_keeper_was_killed_is_replaced_by_the_next_start(crash_place: Place) -> None:
    user = crash_place.enter()
    orphan = crash_place.server_pid()
    kill_and_wait(crash_place.keeper_pid())
    assert is_running(orphan)
    next_user = crash_place.enter()
    assert not is_running(orphan)
    assert next_user.server_started != user.server_started


def test_a_pid_file_whose_number_is_a_strangers_by_now_is_no_obstacle(crash_place: Place) -> None:
    user = crash_place.enter()
    pid_file = crash_place.folder / "data" / "postmaster.pid"
    keeper, server, words = crash_place.keeper_pid(), crash_place.server_pid(), pid_file.read_text()
    kill_and_wait(keeper, server)
    user.kill()
    with start_process(["/bin/sleep", "600"], crash_place.server_uid) as stranger:
        for path in (pid_file, crash_place.folder / "sockets" / ".s.PGSQL.5432.lock"):
            path.write_text(words.replace(str(server), str(stranger.pid), 1))
        crash_place.enter().leave()
        assert stranger.poll() is None
        stranger.kill()


def test_a_database_killed_while_it_was_made_is_made_anew(empty_place: Place) -> None:
    process = empty_place.launch()
    unfinished = empty_place.folder / "data.unfinished"
    assert wait_for((unfinished / "PG_VERSION").exists, DEADLINE)
    process.kill()
    assert ask(empty_place.enter().url, "SELECT 'whole'") == [("whole",)]
    assert not unfinished.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_stand_in(own_place: Place) -> None:
    long = own_place.data / ("long-" * 30)
    postgres = start_embedded(long, durable=False)
    sockets = Path(postgres.url.partition("host=")[2].partition("&")[0])
    assert not sockets.is_relative_to(long)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert ask(postgres.url, "SHOW fsync") == [("off",)]
    postgres.discard()
    assert not sockets.exists()


def test_letting_go_twice_is_letting_go_once(own_place: Place) -> None:
    postgres = start_embedded(own_place.data, durable=False)
    postgres.close()
    postgres.close()


def test_a_throwaway_database_is_deleted_by_its_last_user(own_place: Place) -> None:
    first = start_embedded(own_place.data, durable=False)
    second = start_embedded(own_place.data, durable=False)
    first.discard()
    assert ask(second.url, "SELECT 'still here'") == [("still here",)]
    second.discard()
    assert not own_place.folder.exists()


def test_a_database_of_another_major_version_is_refused_in_one_sentence(own_place: Place) -> None:
    start_embedded(own_place.data, durable=False).close()
    (own_place.folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match="was made by PostgreSQL 16"):
        start_embedded(own_place.data, durable=False)


def test_a_server_that_cannot_run_says_why(own_place: Place) -> None:
    start_embedded(own_place.data, durable=False).close()
    with (own_place.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        start_embedded(own_place.data, durable=False)


def test_a_second_server_never_opens_the_data_of_one_that_still_runs(own_place: Place) -> None:
    user = own_place.enter()
    keeper, server = own_place.keeper_pid(), own_place.server_pid()
    kill_and_wait(keeper)
    (own_place.folder / "sockets" / ".s.PGSQL.5432").unlink()
    with pytest.raises(EmbeddedPostgresError, match="shared memory"):
        start_embedded(own_place.data, durable=False)
    user.kill()
    os.kill(server, signal.SIGINT)
