"""Locks by several open files of one process: the system treats those like several processes."""

import os
from pathlib import Path

from cloud.kit.embedded_postgres import locks


def test_a_shared_lock_becomes_exclusive_only_for_the_last_holder(tmp_path: Path) -> None:
    first, second = locks.share(tmp_path / "lock"), locks.share(tmp_path / "lock")
    assert not locks.upgrade(first)
    os.close(first)
    assert locks.upgrade(second)
    assert locks.is_held(tmp_path / "lock")
    os.close(second)
    assert not locks.is_held(tmp_path / "lock")


def test_a_file_that_was_deleted_or_replaced_is_no_longer_in_place(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.exclusively(path) as descriptor:
        assert locks.is_in_place(path, descriptor)
        path.unlink()
        assert not locks.is_in_place(path, descriptor)
        path.write_text("")
        assert not locks.is_in_place(path, descriptor)


def test_a_lock_file_is_for_its_owner_only(tmp_path: Path) -> None:
    with locks.exclusively(tmp_path / "lock"):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
