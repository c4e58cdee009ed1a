from collections.abc import Callable
from pathlib import Path

import pytest

from device.kept import Entry, Found
from device.spool import Asking, Spool
from tests.device.pictures import jpeg, picture

MANY = 5_000


def entry(number: int) -> Entry:
    moment = "2026-03-01T12:00:00.000+00:00"
    return Entry(f"{number}.jpg", 9, "0" * 64, "image/jpeg", moment, None, "interval", "{}")


def steps_of(spool: Spool, work: Callable[[], object]) -> int:
    """How many thousand steps of SQLite's machine it takes."""
    thousands = 0

    def count() -> None:
        nonlocal thousands
        thousands += 1

    connection = spool._index._database._connection
    connection.set_progress_handler(count, 1000)
    work()
    connection.set_progress_handler(None, 0)
    return thousands


@pytest.mark.parametrize("asked", ["next_waiting", "counts"])
def test_what_is_asked_at_each_picture_stays_quick_while_thousands_wait(
    tmp_path: Path, asked: str
) -> None:
    spool = Spool(tmp_path)
    kept = spool.take(picture(), Asking(label="interval"))
    found = [Found(spool.id, number, entry(number), None) for number in range(2, MANY + 1)]
    spool._index.take_in(found, lost=0)
    spool._index.count_attempt(MANY)
    assert steps_of(spool, getattr(spool, asked)) <= 2
    assert spool.next_waiting() == (kept, jpeg())
    assert spool.counts().waiting == MANY
    spool.close()
