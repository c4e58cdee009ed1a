import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.spool import Asking, Spool
from tests.device.pictures import picture


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """A machine on which everybody may look into what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def take_one(folder: Path) -> set[str]:
    """The modes of all that is there while the spool is open."""
    spool = Spool(folder)
    spool.take(picture(), Asking())
    found = {path.name: f"{path.stat().st_mode:o}"[-3:] for path in (folder, *folder.rglob("*"))}
    spool.close()
    assert "index.db-wal" in found
    return set(found.values())


def test_nobody_else_can_look_into_a_spool(tmp_path: Path) -> None:
    assert take_one(tmp_path / "spool") == {"700", "600"}


def test_a_spool_that_was_open_to_all_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    take_one(folder)
    (folder / "set-aside").mkdir()
    for path in (folder, folder / "pictures", folder / "set-aside"):
        path.chmod(0o755)
    for name in ("index.db", "lock"):
        (folder / name).chmod(0o644)
    assert take_one(folder) == {"700", "600"}


def test_a_folder_that_others_use_too_stays_open_and_only_what_is_ours_is_closed(
    tmp_path: Path,
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    tmp_path.chmod(0o755)
    take_one(tmp_path)
    take_one(tmp_path)
    modes = {path.name: f"{path.stat().st_mode:o}"[-3:] for path in tmp_path.iterdir()}
    ours = {"index.db": "600", "lock": "600", "pictures": "700"}
    assert modes == {"notes.txt": "644", **ours}
    assert f"{tmp_path.stat().st_mode:o}"[-3:] == "755"
