import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from device.command_book import Command
from device.gaps import Gap
from device.kept import Kept
from device.shelf import ASIDE_KEPT
from device.spool import Asking, Spool
from device.wire import LossReason
from tests.device.cloud_stand_in import LATER
from tests.device.pictures import jpeg, picture

COMMAND = Command("c1", "t-c1", "manual", LATER)


def take_three(folder: Path) -> tuple[str, list[Kept]]:
    """The spool's id, and what waits in it: one of the camera's own, one asked for, one more."""
    spool = Spool(folder)
    spool.commands.receive(COMMAND, "1")
    askings = [Asking(label="interval"), Asking("t-c1", "manual", "c1"), Asking(label="input")]
    kept = [spool.take(picture(10 + n), asking) for n, asking in enumerate(askings)]
    spool.close()
    return spool.id, kept


def send_all(spool: Spool) -> list[tuple[Kept, bytes]]:
    sent = []
    while (waiting := spool.next_waiting()) is not None:
        sent.append(waiting)
        spool.acknowledge(waiting[0], waiting[0].entry.sha256, "r1")
    return sorted(sent, key=lambda one: one[0].sequence)


def lose(index: Path) -> None:
    index.unlink()


def empty(index: Path) -> None:
    index.write_bytes(b"")


@pytest.mark.parametrize("befall", [lose, empty])
def test_pictures_outlive_their_index_with_all_that_is_known_of_them(
    tmp_path: Path, befall: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    former_id, kept = take_three(tmp_path)
    befall(tmp_path / "index.db")
    spool = Spool(tmp_path)
    assert spool.id != former_id
    assert "were taken in count=3" in caplog.text
    assert send_all(spool) == [(one, jpeg(10 + n)) for n, one in enumerate(kept)]
    assert {one.spool_id for one in kept} == {former_id}
    assert spool.counts().dropped == 0
    assert list((tmp_path / "pictures").iterdir()) == []
    later = spool.take(picture(90), Asking())
    assert (later.sequence, later.spool_id) == (4, spool.id)
    spool.close()


def test_a_command_is_not_obeyed_again_after_its_picture_outlived_the_index(
    tmp_path: Path,
) -> None:
    take_three(tmp_path)
    lose(tmp_path / "index.db")
    spool = Spool(tmp_path)
    assert not spool.commands.receive(COMMAND, "1")
    assert spool.commands.unfinished() == []
    send_all(spool)
    (told,) = spool.commands.unreported()
    assert (told.command_id, told.status, told.record_id) == ("c1", "done", "r1")
    spool.close()


def test_pictures_that_an_older_copy_of_the_index_does_not_know_are_taken_in(
    tmp_path: Path,
) -> None:
    take_three(tmp_path)
    shutil.copy(tmp_path / "index.db", tmp_path / "copy")
    spool = Spool(tmp_path)
    kept = [spool.take(picture(20 + n), Asking()) for n in range(2)]
    spool.close()
    (tmp_path / "copy").replace(tmp_path / "index.db")
    again = Spool(tmp_path)
    assert [one for one, _ in send_all(again)][3:] == kept
    again.close()


def test_a_picture_whose_number_is_settled_is_not_sent_again(tmp_path: Path) -> None:
    take_three(tmp_path)
    (name, *_) = [path.name for path in (tmp_path / "pictures").iterdir()]
    shutil.copy(tmp_path / "pictures" / name, tmp_path / "copy")
    spool = Spool(tmp_path)
    send_all(spool)
    spool.close()
    (tmp_path / "copy").replace(tmp_path / "pictures" / name)
    again = Spool(tmp_path)
    assert again.next_waiting() is None
    assert list((tmp_path / "pictures").iterdir()) == []
    again.close()


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_picture_that_was_delivered_on_a_full_disk_is_not_sent_again_without_the_index(
    tmp_path: Path, *, is_cut: bool
) -> None:
    _, kept = take_three(tmp_path)
    spool = Spool(tmp_path)
    spool._index._database.read("PRAGMA query_only = 1")
    path = tmp_path / "pictures" / kept[0].entry.file
    whole = path.read_bytes()
    with pytest.raises(OSError, match="index cannot be written"):
        spool.acknowledge(kept[0], kept[0].entry.sha256, "r1")
    spool.close()
    assert path.stat().st_size < 100
    if not is_cut:  # the power went before that
        path.write_bytes(path.read_bytes() + whole[path.stat().st_size :])
    lose(tmp_path / "index.db")
    again = Spool(tmp_path)
    assert [one for one, _ in send_all(again)] == kept[1:]
    assert again.counts().dropped == 0
    assert list((tmp_path / "pictures").iterdir()) == []
    again.close()


def test_pictures_of_an_older_client_without_an_index_are_set_aside_and_named_as_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = ["a" * 32 + ".jpg", "b" * 32 + ".jpg"]
    (tmp_path / "pictures").mkdir()
    for name in names:
        (tmp_path / "pictures" / name).write_bytes(jpeg())
    spool = Spool(tmp_path)
    assert sorted(path.name for path in (tmp_path / "set-aside").iterdir()) == names
    assert "they were set aside count=2" in caplog.text
    counts = spool.counts()
    assert (counts.waiting, counts.dropped) == (0, 2)
    assert spool.gaps.untold() == [Gap(spool.id, LossReason.DAMAGED, 1, 2)]
    assert spool.take(picture(), Asking()).sequence == 3
    spool.close()


@pytest.mark.parametrize("end", [-1, -20, -200, 40])
def test_a_file_without_its_end_is_set_aside_and_not_deleted(tmp_path: Path, end: int) -> None:
    take_three(tmp_path)
    lose(tmp_path / "index.db")
    (name, *_) = [path.name for path in (tmp_path / "pictures").iterdir()]
    path = tmp_path / "pictures" / name
    path.write_bytes(path.read_bytes()[:end])
    spool = Spool(tmp_path)
    assert [path.name for path in (tmp_path / "set-aside").iterdir()] == [name]
    assert (len(send_all(spool)), spool.counts().dropped) == (2, 1)
    spool.close()


def test_of_the_files_set_aside_the_newest_hundred_stay_and_what_goes_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pictures").mkdir()
    for number in range(ASIDE_KEPT + 3):
        path = tmp_path / "pictures" / f"{number:032x}.jpg"
        path.write_bytes(jpeg())
        os.utime(path, (number, number))
    spool = Spool(tmp_path)
    kept = sorted(path.name for path in (tmp_path / "set-aside").iterdir())
    assert kept == [f"{number:032x}.jpg" for number in range(3, ASIDE_KEPT + 3)]
    assert "a hundred stay count=3" in caplog.text
    assert spool.counts().dropped == ASIDE_KEPT + 3
    spool.close()
    caplog.clear()
    Spool(tmp_path).close()
    assert "a hundred stay" not in caplog.text


def test_half_written_files_are_swept_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool_id, _ = take_three(tmp_path)
    (tmp_path / "pictures" / f"{spool_id}.4.jpg.part").write_bytes(b"half")
    spool = Spool(tmp_path)
    assert len(list((tmp_path / "pictures").iterdir())) == 3
    assert "swept away count=1" in caplog.text
    spool.close()


def test_what_others_put_into_the_folder_stops_no_start_and_stays(tmp_path: Path) -> None:
    spool_id, _ = take_three(tmp_path)
    pictures = tmp_path / "pictures"
    (pictures / "lost+found").mkdir()
    (pictures / f"{spool_id}.9.jpg").mkdir()
    (pictures / "notes.txt").write_text("mine")
    spool = Spool(tmp_path)
    assert len(send_all(spool)) == 3
    assert len(list(pictures.iterdir())) == 3
    spool.close()
