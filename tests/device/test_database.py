import sqlite3
from pathlib import Path

import pytest

from device.database import BrokenDatabase, Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = Database(tmp_path / "index.db")
    with opened.transaction() as rows:
        rows.execute("CREATE TABLE things (name TEXT)")
    return opened


def name_things(database: Database, *names: str) -> None:
    with database.transaction() as rows:
        for name in names:
            rows.execute("INSERT INTO things VALUES (?)", (name,))


def test_whatever_goes_wrong_within_a_transaction_undoes_it_and_the_next_one_works(
    database: Database,
) -> None:
    with pytest.raises(UnicodeEncodeError):
        name_things(database, "first", "\ud800")
    name_things(database, "second")
    assert database.read("SELECT name FROM things") == [("second",)]
    database.close()


def test_a_reading_that_fails_is_an_error_of_the_disk(database: Database) -> None:
    with pytest.raises(OSError, match="index cannot be read: no such table"):
        database.read("SELECT name FROM elsewhere")
    database.close()


def test_what_is_no_database_is_told_from_one_that_cannot_be_used_now(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(BrokenDatabase):
        Database(tmp_path / "index.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="unable to open") as caught:
        Database(tmp_path / "folder")
    assert not isinstance(caught.value, BrokenDatabase)


def test_text_that_a_bad_block_has_garbled_is_read_all_the_same(database: Database) -> None:
    with database.transaction() as rows:
        rows.execute("INSERT INTO things VALUES (CAST(x'61ff62' AS TEXT))")
    assert database.read("SELECT name FROM things") == [("a\N{REPLACEMENT CHARACTER}b",)]
    database.close()


def test_a_full_disk_is_told_by_its_number(database: Database) -> None:
    database.read("PRAGMA max_page_count = 1")
    with pytest.raises(OSError, match="index cannot be written") as caught:
        name_things(database, "x" * 100_000)
    assert caught.value.errno == 28
    database.close()


def test_a_log_that_is_reused_takes_up_no_more_of_the_disk(
    database: Database, tmp_path: Path
) -> None:
    name_things(database, "first")
    before = (tmp_path / "index.db-wal").stat().st_size
    for _ in range(20):
        database.reuse_log()
        name_things(database, "another")
    assert (tmp_path / "index.db-wal").stat().st_size <= before
    database.close()


def test_nothing_else_can_open_it_meanwhile(database: Database, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sqlite3.connect(tmp_path / "index.db", timeout=0).execute("SELECT * FROM things")
    database.close()
