"""What the spool remembers of pictures that will never come, until the cloud has heard of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from device.gaps import Gap, note_lost
from device.kept import Kept
from device.spool import Asking, Spool
from device.wire import LossReason
from tests.device.pictures import jpeg, picture

NO_ROOM, DAMAGED, REFUSED = LossReason.NO_ROOM, LossReason.DAMAGED, LossReason.REFUSED


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path)
    yield opened
    opened.close()


def take(spool: Spool) -> Kept:
    return spool.take(picture(), Asking())


def lose_files(folder: Path) -> None:
    for path in (folder / "pictures").iterdir():
        path.unlink()


def test_neighbours_of_one_spool_id_and_reason_are_one_gap_and_none_is_left_out(
    spool: Spool,
) -> None:
    with spool._writing() as rows:
        for number in (3, 1, 2, 7):
            note_lost(rows, "a", number, NO_ROOM)
        note_lost(rows, "a", 4, DAMAGED)
        note_lost(rows, "b", 8, NO_ROOM)
    expected = [
        Gap("a", NO_ROOM, 1, 3),
        Gap("a", DAMAGED, 4, 4),
        Gap("a", NO_ROOM, 7, 7),
        Gap("b", NO_ROOM, 8, 8),
    ]
    assert spool.gaps.untold() == expected
    with spool._writing() as rows:
        for number in range(100, 1100, 2):
            note_lost(rows, "a", number, NO_ROOM)
    assert len(spool.gaps.untold()) == 504


def test_what_the_cloud_refused_is_a_gap_that_dropping_it_does_not_change(tmp_path: Path) -> None:
    spool = Spool(tmp_path, cap_bytes=len(jpeg()))
    spool.refuse(take(spool), "415 unsupported: No.")
    take(spool)
    assert spool.refused() == []
    assert spool.gaps.untold() == [Gap(spool.id, REFUSED, 1, 1)]
    spool.close()


def test_what_was_dropped_on_its_way_and_refused_then_is_told_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path, cap_bytes=len(jpeg()))
    on_its_way = take(spool)
    take(spool)
    spool.refuse(on_its_way, "415 unsupported: No.")
    assert spool.gaps.untold() == [Gap(spool.id, NO_ROOM, 1, 1)]
    spool.close()


def test_a_lost_picture_is_named_under_the_spool_id_that_it_would_have_been_sent_under(
    spool: Spool, tmp_path: Path
) -> None:
    first, second = spool.id, take(spool)
    take(spool)
    assert spool.number_anew(second)
    lose_files(tmp_path)
    assert spool.next_waiting() is None
    expected = [Gap(spool.id, DAMAGED, 1, 1), Gap(first, DAMAGED, 2, 2)]
    assert spool.gaps.untold() == expected


def test_what_was_told_is_forgotten_and_what_grew_meanwhile_is_not(
    spool: Spool, tmp_path: Path
) -> None:
    with spool._writing() as rows:
        for number in (1, 5):
            note_lost(rows, "a", number, NO_ROOM)
    named = spool.gaps.untold()
    with spool._writing() as rows:
        note_lost(rows, "a", 6, NO_ROOM)
    spool.gaps.note_told(named)
    assert spool.gaps.untold() == [Gap("a", NO_ROOM, 5, 6)]
    spool.close()
    again = Spool(tmp_path)
    assert again.gaps.untold() == [Gap("a", NO_ROOM, 5, 6)]
    again.close()


def test_what_an_older_client_remembered_is_told_without_a_reason(tmp_path: Path) -> None:
    Spool(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "index.db")) as older:
        older.execute("DROP TABLE untold_gaps")
        older.execute("CREATE TABLE gaps (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)")
        older.execute("INSERT INTO gaps (first, last) VALUES (4, 6)")
        older.commit()
    for _ in range(2):
        spool = Spool(tmp_path)
        assert spool.gaps.untold() == [Gap(spool.id, LossReason.UNKNOWN, 4, 6)]
        spool.close()


def test_a_garbled_reason_does_not_keep_a_gap_from_being_told(spool: Spool) -> None:
    with spool._writing() as rows:
        note_lost(rows, "a", 1, NO_ROOM)
        rows.execute("UPDATE untold_gaps SET why = 'no_r?om'")
    named = spool.gaps.untold()
    assert named == [Gap("a", LossReason.UNKNOWN, 1, 1)]
    spool.gaps.note_told(named)
    assert spool.gaps.untold() == []
