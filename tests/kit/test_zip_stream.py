"""A zip file as a stream, read back by the standard library."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest

from cloud.kit import zip_stream
from cloud.kit.zip_stream import ZipStream

AT = datetime(2026, 11, 22, 7, 30, 1, tzinfo=UTC)
ENTRIES = [
    ("README.txt", b"Everything.\n" * 100, True),
    ("pictures/Früh/1.jpg", bytes(range(256)), False),
    ("empty", b"", True),
]


def make(entries: list[tuple[str, bytes, bool]]) -> zipfile.ZipFile:
    stream = ZipStream()
    pieces = [stream.add(name, data, AT, compressed=packed) for name, data, packed in entries]
    return zipfile.ZipFile(BytesIO(b"".join([*pieces, *stream.close()])))


def test_every_entry_is_read_back_with_its_name_time_and_bytes() -> None:
    found = make(ENTRIES)
    assert found.testzip() is None
    assert {name: found.read(name) for name in found.namelist()} == {
        name: data for name, data, _ in ENTRIES
    }
    first = found.infolist()[0]
    assert first.date_time == (2026, 11, 22, 7, 30, 0)
    assert first.compress_size < first.file_size / 10


def test_a_file_of_nothing_is_one() -> None:
    assert make([]).namelist() == []


def test_a_large_file_is_read_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the bounds made small, what is beyond them is written as for a large one."""
    monkeypatch.setattr(zip_stream, "LARGEST_SHORT", 3)
    small = [(f"{number}.txt", str(number).encode(), False) for number in range(5)]
    monkeypatch.setattr(zip_stream, "IN_MEMORY", 64)
    found = make(small)
    assert found.testzip() is None
    assert len(found.infolist()) == 5


def test_more_entries_than_the_short_form_counts() -> None:
    found = make([(str(number), b"", False) for number in range(65_540)])
    assert len(found.infolist()) == 65_540


def test_a_time_that_zip_does_not_know_is_the_nearest_that_it_does() -> None:
    stream = ZipStream()
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    content = stream.add("old", b"", long_ago, compressed=False) + b"".join(stream.close())
    assert zipfile.ZipFile(BytesIO(content)).infolist()[0].date_time[0] == 1980
