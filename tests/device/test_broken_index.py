from pathlib import Path

import pytest

from device.database import KEPT_BROKEN
from device.spool import Asking, Spool, SpoolError
from tests.device.pictures import jpeg, picture

GARBAGE = b"\xa5" * 4096


def take_many(folder: Path) -> Spool:
    spool = Spool(folder)
    spool.keep_config(3, {"privacy": {"masks": []}})
    for shade in range(40):
        spool.take(picture(shade), Asking(label="interval"))
    return spool


def spoil(path: Path, *, header: bool) -> None:
    """As a worn card does: some blocks hold something else than was written."""
    whole = path.read_bytes()
    begin = 0 if header else len(GARBAGE)
    path.write_bytes(whole[:begin] + GARBAGE * ((len(whole) - begin) // len(GARBAGE)))


def contents(spool: Spool) -> list[bytes]:
    found = []
    while (waiting := spool.next_waiting()) is not None:
        found.append(waiting[1])
        assert spool.acknowledge(waiting[0], waiting[0].entry.sha256)
    return found


@pytest.mark.parametrize("header", [True, False])
def test_a_broken_index_stops_no_start_and_loses_no_picture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, header: bool
) -> None:
    spool = take_many(tmp_path)
    former_id = spool.id
    spool.close()
    spoil(tmp_path / "index.db", header=header)
    spool = Spool(tmp_path)
    assert spool.id != former_id
    assert sorted(contents(spool)) == sorted(jpeg(shade) for shade in range(40))
    assert spool.counts().dropped == 0
    assert (tmp_path / "index.db.broken-1").exists()
    assert "The spool's index is broken" in caplog.text
    spool.close()


def test_an_index_that_breaks_while_the_camera_works_is_begun_anew_and_work_goes_on(
    tmp_path: Path,
) -> None:
    spool = take_many(tmp_path)
    former_id = spool.id
    spool._index._database.read("PRAGMA shrink_memory")
    spoil(tmp_path / "index.db", header=False)
    spoil(tmp_path / "index.db-wal", header=False)
    assert spool.counts().waiting == 40
    assert spool.id != former_id
    assert spool.take(picture(50), Asking()).spool_id == spool.id
    assert len(contents(spool)) == 41
    spool.close()


def test_the_configuration_is_saved_from_a_broken_index_where_it_can_be_read(
    tmp_path: Path,
) -> None:
    spool = take_many(tmp_path)
    query = "SELECT rootpage FROM sqlite_schema WHERE name = 'captures'"
    (page,) = spool._index._database.read_one(query)
    spool.close()
    with (tmp_path / "index.db").open("r+b") as index:
        index.seek((page - 1) * len(GARBAGE))
        index.write(GARBAGE)
    spool = Spool(tmp_path)
    assert spool.kept_config() == (3, {"privacy": {"masks": []}})
    assert spool.counts().waiting == 40
    spool.close()


def test_the_newest_broken_indexes_are_kept_to_look_at(tmp_path: Path) -> None:
    for _ in range(KEPT_BROKEN + 2):
        spool = take_many(tmp_path)
        spool.close()
        spoil(tmp_path / "index.db", header=True)
    Spool(tmp_path).close()
    kept = sorted(path.name for path in tmp_path.glob("*.broken-*"))
    assert kept == [f"index.db.broken-{number}" for number in (3, 4, 5)]


def test_an_index_that_cannot_be_opened_is_left_alone_and_said(tmp_path: Path) -> None:
    (tmp_path / "index.db").mkdir()
    with pytest.raises(SpoolError, match=r"index in .* cannot be opened"):
        Spool(tmp_path)
    assert (tmp_path / "index.db").is_dir()
