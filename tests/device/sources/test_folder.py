from pathlib import Path

import pytest

from device.sources.folder import Stills, open_folder, open_still
from device.sources.source import SourceError
from device.wire import CaptureConfig
from tests.device.pictures import jpeg, write_folder


def names(stills: Stills, most: int = 10) -> list[object]:
    found: list[object] = []
    while len(found) < most and (picture := stills.read(CaptureConfig())) is not None:
        found.append(picture.metadata["file"])
    return found


def test_stills_come_in_the_order_of_their_names_byte_for_byte(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    stills = open_folder(tmp_path, loop=False)
    first = stills.read(CaptureConfig())
    assert first is not None
    assert first.content == jpeg(40)
    assert first.media_type == "image/jpeg"
    assert first.captured_at.tzinfo is not None
    assert names(stills) == ["0001.jpg", "0002.jpg"]


def test_a_list_of_labels_gives_only_the_order(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    (tmp_path / "labels.csv").write_text(
        "file,captured_at,state,what\n0002.jpg,0,abnormal,a cat\n0000.jpg,1,normal,\nnone.jpg,2,,\n"
    )
    stills = open_folder(tmp_path, loop=False)
    first = stills.read(CaptureConfig())
    assert first is not None
    assert first.metadata == {"file": "0002.jpg"}
    assert names(stills) == ["0000.jpg"]


def test_a_loop_begins_again(tmp_path: Path) -> None:
    write_folder(tmp_path, 2)
    looped = names(open_folder(tmp_path, loop=True), most=4)
    assert looped == ["0000.jpg", "0001.jpg", "0000.jpg", "0001.jpg"]


def test_other_formats_keep_their_media_type(tmp_path: Path) -> None:
    (tmp_path / "a.PNG").write_bytes(b"png")
    (tmp_path / "notes.txt").write_text("no picture")
    stills = open_folder(tmp_path, loop=False)
    picture = stills.read(CaptureConfig())
    assert picture is not None
    assert picture.media_type == "image/png"
    assert stills.read(CaptureConfig()) is None


def test_a_still_is_given_again_and_again(tmp_path: Path) -> None:
    write_folder(tmp_path, 1)
    assert names(open_still(tmp_path / "0000.jpg"), most=3) == ["0000.jpg"] * 3


def test_a_still_that_vanished_is_said_plainly(tmp_path: Path) -> None:
    write_folder(tmp_path, 1)
    stills = open_still(tmp_path / "0000.jpg")
    (tmp_path / "0000.jpg").unlink()
    with pytest.raises(SourceError, match=r"0000\.jpg cannot be read: No such file"):
        stills.read(CaptureConfig())


def test_what_holds_no_picture_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a folder"):
        open_folder(tmp_path / "none", loop=False)
    with pytest.raises(SourceError, match=r"holds no \.jpg"):
        open_folder(tmp_path, loop=False)
    with pytest.raises(SourceError, match=r"There is no file .*none\.jpg"):
        open_still(tmp_path / "none.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(SourceError, match=r"is not a \.jpg"):
        open_still(tmp_path / "notes.txt")
