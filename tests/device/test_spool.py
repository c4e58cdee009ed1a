import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device.files import DiskFiles
from device.kept import Kept, State
from device.offering import READ_ATTEMPTS
from device.picture import Picture
from device.spool import REFUSED_KEPT, Asking, Spool, SpoolError
from tests.device.pictures import jpeg, picture

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


def take(spool: Spool, shade: int) -> Kept:
    return spool.take(picture(shade), Asking(label="interval"))


def lost(spool: Spool) -> list[tuple[int, int, str]]:
    return [(gap.first, gap.last, gap.why) for gap in spool.gaps.untold()]


def files_in(folder: Path) -> list[Path]:
    return list((folder / "spool" / "pictures").iterdir())


def waiting_numbers(spool: Spool) -> list[int]:
    numbers = []
    while (waiting := spool.next_waiting()) is not None:
        numbers.append(waiting[0].sequence)
        spool.acknowledge(waiting[0], waiting[0].entry.sha256)
    return numbers


def test_a_taken_picture_waits_with_its_own_bytes(spool: Spool) -> None:
    kept = take(spool, 90)
    waiting = spool.next_waiting()
    assert waiting is not None
    assert waiting == (kept, jpeg(90))
    assert kept.entry.sha256 == hashlib.sha256(jpeg(90)).hexdigest()


def test_the_newest_goes_first_and_the_backlog_follows_in_order(spool: Spool) -> None:
    for shade in (10, 20, 30, 40):
        take(spool, shade)
    assert waiting_numbers(spool) == [4, 1, 2, 3]


def test_a_picture_that_trips_the_cloud_goes_to_the_back(spool: Spool) -> None:
    newest = [take(spool, shade) for shade in (10, 20, 30)][-1]
    spool.count_attempt(newest)
    assert waiting_numbers(spool) == [1, 2, 3]


def test_the_clouds_own_sha256_deletes_the_picture(spool: Spool, tmp_path: Path) -> None:
    kept = take(spool, 90)
    assert spool.acknowledge(kept, kept.entry.sha256)
    assert files_in(tmp_path) == []
    assert spool.counts().waiting == 0
    assert spool.counts().acked == 1


def test_any_other_sha256_deletes_nothing(spool: Spool, tmp_path: Path) -> None:
    kept = take(spool, 90)
    assert not spool.acknowledge(kept, hashlib.sha256(b"other").hexdigest())
    assert len(files_in(tmp_path)) == 1
    assert spool.counts().waiting == 1


def test_numbers_go_on_after_all_was_delivered_and_the_spool_reopened(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool")
    kept = take(spool, 10)
    spool.acknowledge(kept, kept.entry.sha256)
    spool.close()
    again = Spool(tmp_path / "spool")
    assert again.id == spool.id
    assert take(again, 20).sequence == 2
    again.close()


def test_a_new_spool_has_an_id_of_its_own(spool: Spool, tmp_path: Path) -> None:
    other = Spool(tmp_path / "other")
    assert other.id != spool.id
    other.close()


def test_two_processes_cannot_share_a_spool(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="already uses the spool"):
        Spool(tmp_path / "spool")


def test_a_folder_that_is_a_file_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("not a folder")
    with pytest.raises(SpoolError, match="cannot be used"):
        Spool(tmp_path / "spool")


def test_over_the_cap_the_oldest_are_dropped_and_counted(tmp_path: Path) -> None:
    size = len(jpeg(90))
    spool = Spool(tmp_path / "spool", cap_bytes=2 * size)
    for _ in range(4):
        spool.take(picture(90), Asking())
    counts = spool.counts()
    assert (counts.waiting, counts.dropped, counts.taken) == (2, 2, 4)
    assert waiting_numbers(spool) == [4, 3]
    spool.close()


def test_own_captures_are_dropped_before_those_asked_for(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", cap_bytes=3 * len(jpeg(90)))
    asked = [Asking(trigger_id="t"), Asking(label="interval"), Asking(label="input")]
    for asking in [*asked, Asking(), Asking(trigger_id="t"), Asking(trigger_id="t")]:
        spool.take(picture(90), asking)
    assert lost(spool) == [(1, 2, "no_room"), (4, 4, "no_room")]
    assert waiting_numbers(spool) == [6, 3, 5]
    spool.close()


@dataclass
class Running:
    """How long the computer has been on, in days; it begins anew at each boot."""

    days: float = 0.0

    def seconds(self) -> float:
        return self.days * timedelta(days=1).total_seconds()


@dataclass(frozen=True)
class Left:
    """What a spool says before it is closed."""

    waiting: int
    dropped: int
    lost: list[tuple[int, int, str]]


def take_at(folder: Path, running: Running, moments: Sequence[tuple[float, datetime]]) -> Left:
    """Take a picture on each of these days of running, by what the wall clock says then."""
    spool = Spool(folder, monotonic=running.seconds)
    for days, wall_clock in moments:
        running.days = days
        spool.take(Picture(jpeg(), wall_clock), Asking())
    counts = spool.counts()
    left = Left(counts.waiting, counts.dropped, lost(spool))
    spool.close()
    return left


def test_what_waited_over_a_week_is_dropped_and_named(tmp_path: Path) -> None:
    moments = [(day, NOON + timedelta(days=day)) for day in (0, 1, 3, 9)]
    left = take_at(tmp_path, Running(), moments)
    assert left == Left(2, 2, [(1, 2, "waited_too_long")])


@pytest.mark.parametrize(
    "wall_clocks",
    [
        [NOON, NOON + timedelta(days=365), NOON + timedelta(days=365, minutes=1)],
        [NOON + timedelta(days=365), NOON, NOON + timedelta(minutes=1)],
        [datetime(1970, 1, 1, tzinfo=UTC), NOON, NOON + timedelta(minutes=1)],
        [NOON, datetime(1970, 1, 1, tzinfo=UTC), NOON + timedelta(minutes=1)],
        [NOON, datetime(9999, 12, 31, tzinfo=UTC), NOON],
    ],
    ids=["a year ahead", "a year ahead, then right", "not set", "lost on the way", "the last day"],
)
def test_a_wrong_clock_drops_nothing(tmp_path: Path, wall_clocks: list[datetime]) -> None:
    moments = [(minute / 1440, at) for minute, at in enumerate(wall_clocks)]
    assert take_at(tmp_path, Running(), moments) == Left(3, 0, [])


@pytest.mark.parametrize("wall_clock", [datetime(1970, 1, 1, tzinfo=UTC), NOON])
def test_a_clock_that_stands_still_does_not_keep_pictures_for_ever(
    tmp_path: Path, wall_clock: datetime
) -> None:
    left = take_at(tmp_path, Running(), [(0, wall_clock), (7.1, wall_clock)])
    assert left == Left(1, 1, [(1, 1, "waited_too_long")])


def test_time_is_added_up_over_starts_and_boots(tmp_path: Path) -> None:
    for _ in range(2):
        running = Running()
        assert take_at(tmp_path, running, [(0, NOON), (3, NOON)]).dropped == 0
    left = take_at(tmp_path, Running(40), [(40, NOON), (41.5, NOON)])
    assert left == Left(5, 1, [(1, 1, "waited_too_long")])


def test_the_pictures_of_an_older_client_are_kept_for_a_week_from_now(tmp_path: Path) -> None:
    take_at(tmp_path, Running(), [(0, NOON)])
    with closing(sqlite3.connect(tmp_path / "index.db")) as older:
        older.execute("ALTER TABLE captures DROP COLUMN ran_before")
        older.execute("ALTER TABLE captures DROP COLUMN spool_id")
        older.execute("DROP TABLE running_time")
    assert take_at(tmp_path, Running(), [(6.9, NOON)]).dropped == 0
    spool = Spool(tmp_path)
    assert [kept.spool_id for kept in spool._index.in_state(State.WAITING)] == [spool.id] * 2
    spool.close()
    left = take_at(tmp_path, Running(), [(0, NOON), (0.2, NOON)])
    assert left.lost == [(1, 1, "waited_too_long")]


def test_what_was_asked_for_goes_up_before_the_backlog(spool: Spool) -> None:
    take(spool, 10)
    spool.take(picture(20), Asking(trigger_id="t"))
    take(spool, 30)
    take(spool, 40)
    assert waiting_numbers(spool) == [4, 2, 1, 3]


def test_a_day_offline_flushes_completely_with_live_pictures_first(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    now = picture().captured_at
    for minute in range(1440):
        spool.take(Picture(b"%d" % minute, now + timedelta(minutes=minute)), Asking())
    order = []
    while (waiting := spool.next_waiting()) is not None:
        order.append(waiting[0].sequence)
        spool.acknowledge(waiting[0], waiting[0].entry.sha256)
        if len(order) == 700:
            spool.take(Picture(b"live", now + timedelta(days=1)), Asking())
    assert order[0] == 1440
    assert order[700] == 1441
    assert sorted(order) == list(range(1, 1442))
    assert spool.counts().dropped == 0
    spool.close()


def test_the_configuration_survives_a_restart(spool: Spool, tmp_path: Path) -> None:
    assert spool.kept_config() is None
    spool.keep_config(3, {"privacy": {"masks": []}})
    spool.keep_config(4, {"privacy": {}})
    spool.close()
    again = Spool(tmp_path / "spool")
    assert again.kept_config() == (4, {"privacy": {}})
    again.close()


def test_refused_pictures_go_before_waiting_ones_and_are_no_further_loss(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", cap_bytes=2 * len(jpeg(90)))
    spool.take(picture(90), Asking())
    spool.refuse(spool.take(picture(90), Asking()), "422 not_an_image: No.")
    spool.take(picture(90), Asking())
    counts = spool.counts()
    assert (counts.waiting, counts.dropped, counts.refused) == (2, 0, 1)
    spool.close()


def test_a_refused_picture_is_kept_with_its_reason_and_never_offered_again(spool: Spool) -> None:
    spool.refuse(take(spool, 90), "415 unsupported: Not an image.")
    assert spool.next_waiting() is None
    assert [kept.refusal for kept in spool.refused()] == ["415 unsupported: Not an image."]


def test_refused_pictures_are_kept_up_to_a_bound(spool: Spool, tmp_path: Path) -> None:
    for number in range(REFUSED_KEPT + 3):
        spool.refuse(take(spool, 10 + number % 200), "422")
    assert len(spool.refused()) == REFUSED_KEPT
    assert len(files_in(tmp_path)) == REFUSED_KEPT
    assert spool.counts().refused == REFUSED_KEPT + 3


def test_a_picture_that_somebody_deleted_counts_as_dropped(spool: Spool, tmp_path: Path) -> None:
    take(spool, 10)
    for path in files_in(tmp_path):
        path.unlink()
    assert spool.next_waiting() is None
    assert spool.counts().dropped == 1


def test_a_picture_that_the_disk_has_changed_is_not_sent_but_named_as_lost(
    spool: Spool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for shade in (10, 20, 30):
        take(spool, shade)
    for number, spoilt in ((1, b"?"), (3, b"")):
        (path,) = (tmp_path / "spool" / "pictures").glob(f"*.{number}.jpg")
        path.write_bytes(spoilt + path.read_bytes()[len(spoilt) : 900 * len(spoilt)])
    assert waiting_numbers(spool) == [2]
    assert spool.counts().dropped == 2
    assert lost(spool) == [(1, 1, "damaged"), (3, 3, "damaged")]
    assert caplog.text.count("A picture was lost on this disk") == 2


class BadBlocks(DiskFiles):
    """A disk that cannot read some files, so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def read(self, path: Path) -> bytes:
        if path.name.endswith(".1.jpg") and self.left:
            self.left -= 1
            raise OSError(5, "Input/output error")
        return super().read(path)


def test_a_file_that_cannot_be_read_now_holds_up_no_other_and_is_tried_again(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool", files=BadBlocks(times=3))
    for shade in (10, 20, 30):
        take(spool, shade)
    assert waiting_numbers(spool) == [3, 2]
    assert waiting_numbers(spool) == []
    assert waiting_numbers(spool) == [1]
    assert spool.counts().dropped == 0
    spool.close()


def test_a_file_that_can_never_be_read_is_lost_in_the_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", files=BadBlocks(times=1000))
    take(spool, 10)
    for _ in range(READ_ATTEMPTS - 1):
        assert spool.next_waiting() is None
    assert spool.counts().waiting == 1
    assert spool.next_waiting() is None
    assert (spool.counts().waiting, lost(spool)) == (0, [(1, 1, "damaged")])
    spool.close()


def test_a_folder_in_a_pictures_place_holds_up_nothing(spool: Spool, tmp_path: Path) -> None:
    for shade in (10, 20):
        take(spool, shade)
    (path,) = (tmp_path / "spool" / "pictures").glob("*.1.jpg")
    path.unlink()
    path.mkdir()
    assert waiting_numbers(spool) == [2]
    for _ in range(READ_ATTEMPTS):
        assert spool.next_waiting() is None
    assert lost(spool) == [(1, 1, "damaged")]


class FullDisk(DiskFiles):
    """A disk that becomes full at its N-th operation."""

    def __init__(self, at: int) -> None:
        self._left = at

    def write(self, path: Path, content: bytes) -> None:
        super().write(path, content[: len(content) // 2])
        self._count()
        super().write(path, content)

    def sync(self, path: Path) -> None:
        self._count()
        super().sync(path)

    def rename(self, old: Path, new: Path) -> None:
        self._count()
        super().rename(old, new)

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise OSError(28, "No space left on device")


@pytest.mark.parametrize("at", [2, 3, 4, 5])
def test_a_full_disk_takes_no_picture_and_leaves_no_rest(tmp_path: Path, at: int) -> None:
    spool = Spool(tmp_path / "spool", files=FullDisk(at))
    with pytest.raises(OSError, match="No space"):
        spool.take(picture(90), Asking())
    assert files_in(tmp_path) == []
    assert spool.counts().taken == 0
    assert isinstance(spool.take(picture(91), Asking()), Kept)
    spool.close()


class SmallDisk(DiskFiles):
    """A disk with room for so many bytes of pictures."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, path: Path, content: bytes) -> None:
        there = sum(file.stat().st_size for file in path.parent.iterdir())
        if there + len(content) > self.room:
            raise OSError(28, "No space left on device")
        super().write(path, content)


def test_on_a_full_disk_the_least_wanted_give_way_and_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = SmallDisk(room=10**6)
    spool = Spool(tmp_path / "spool", files=disk)
    for asking in (Asking(trigger_id="t"), Asking(label="interval"), Asking(label="interval")):
        spool.take(picture(90), asking)
    disk.room = sum(path.stat().st_size for path in files_in(tmp_path))
    for number in (4, 5):
        assert spool.take(picture(90), Asking(label="interval")).sequence == number
    assert (spool.counts().dropped, lost(spool)) == (2, [(2, 3, "no_room")])
    assert caplog.text.count("The disk is full; the picture least wanted was dropped") == 2
    assert waiting_numbers(spool) == [5, 1, 4]
    spool.close()


def test_a_disk_that_stays_full_takes_few_pictures_away_for_nothing(tmp_path: Path) -> None:
    disk = SmallDisk(room=10**6)
    spool = Spool(tmp_path / "spool", files=disk)
    large = Picture(bytes(90_000), NOON)
    for _ in range(10):
        spool.take(large, Asking())
    disk.room = 0
    with pytest.raises(OSError, match="No space"):
        spool.take(large, Asking())
    assert spool.counts().waiting == 7
    disk.room = 10**6
    assert spool.take(large, Asking()).sequence == 11
    spool.close()


def test_a_picture_that_was_dropped_before_the_power_went_is_named_as_lost_after_it(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "spool", cap_bytes=len(jpeg(90)))
    take(spool, 90)
    spool._index._database.read("PRAGMA query_only = 1")
    with pytest.raises(OSError, match="index cannot be written"):
        take(spool, 90)
    spool.close()
    again = Spool(tmp_path / "spool")
    assert files_in(tmp_path) == []
    assert again.next_waiting() is None
    assert lost(again) == [(1, 1, "damaged")]
    again.close()


def test_an_index_that_takes_no_writing_takes_no_picture(spool: Spool, tmp_path: Path) -> None:
    spool._index._database.read("PRAGMA query_only = 1")
    with pytest.raises(OSError, match="index cannot be written"):
        take(spool, 90)
    assert files_in(tmp_path) == []
    spool._index._database.read("PRAGMA query_only = 0")
    assert take(spool, 91).sequence == 1


def test_metadata_comes_back_as_it_was(spool: Spool) -> None:
    plain = Picture(jpeg(), picture().captured_at, metadata={"file": "a “b”.jpg", "n": 1})
    assert spool.take(plain, Asking()).entry.metadata == '{"file":"a \\u201cb\\u201d.jpg","n":1}'
