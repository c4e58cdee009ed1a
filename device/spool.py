"""Where pictures are safe until the cloud has them.

A capture counts as *taken* once its file, its name and its row are on the disk; from then on it
survives `kill -9` and a power cut. It leaves only when the cloud has proven, by the picture's
own sha256, that it holds the same bytes, or when room is short and the loss has been counted.
"""

import fcntl
import hashlib
import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from device import log
from device.command_book import CommandBook
from device.database import BrokenDatabase, set_aside
from device.files import DiskFiles, Files
from device.index import Counts, Entry, Index, Kept, State
from device.picture import Picture
from device.picture_file import Number, name_file
from device.shelf import DamagedPicture, Shelf
from device.stocktaking import take_stock

T = TypeVar("T")

DEFAULT_CAP_BYTES: Final = 2 * 1024**3
OLDEST_KEPT: Final = timedelta(days=7)
REFUSED_KEPT: Final = 100
READ_ATTEMPTS: Final = 10
"""So often a file is tried that the disk does not give, each time after all others."""


class SpoolError(Exception):
    """The spool cannot be used; the sentence says why and what to do."""


@dataclass(frozen=True)
class Asking:
    """What asked for the picture: a trigger by id, a word for people, and the cloud's command."""

    trigger_id: str | None = None
    label: str | None = None
    command_id: str | None = None


class Spool:
    """A folder of pictures with an index. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        *,
        cap_bytes: int = DEFAULT_CAP_BYTES,
        files: Files | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the spool and sweep away what a crash left half-done.

        Raises SpoolError when another process uses it, or when it cannot be read or written.
        """
        files = files or DiskFiles()
        self._path = folder / "index.db"
        self._cap_bytes = cap_bytes
        self._monotonic = monotonic
        self._mutex = threading.Lock()
        self._passed_over: set[int] = set()
        self._stumbles: Counter[int] = Counter()
        try:
            self._shelf = Shelf(folder, files)
            self._lock = (folder / "lock").open("w")
        except OSError as error:
            raise SpoolError(f"The spool folder {folder} cannot be used: {error}.") from error
        self._claim(folder)
        try:
            self._index = self._open_index()
            files.sync(folder)
            self._run(self._look_over)
        except OSError as error:
            self._lock.close()
            raise SpoolError(
                f"The spool's index in {folder} cannot be opened ({error}). "
                "Has the disk room, and may it be written?"
            ) from error
        self.commands = CommandBook(self._writing)

    @property
    def id(self) -> str:
        """Names the counter that new pictures are numbered by."""
        return self._index.id

    def close(self) -> None:
        with self._mutex:
            self._index.close()
            self._lock.close()

    def take(self, picture: Picture, asking: Asking) -> Kept:
        """Make the picture durable and number it.

        Raises OSError when the disk cannot hold it; nothing of it is left then, and it does not
        count as taken.
        """
        return self._run(lambda _: self._take(picture, asking))

    def next_waiting(self) -> tuple[Kept, bytes] | None:
        """What to upload next, with its bytes: live before backlog. None when nothing waits."""
        return self._run(lambda _: self._next_waiting())

    def acknowledge(self, kept: Kept, sha256: str, record_id: str = "") -> bool:
        """Delete the picture if the cloud's sha256 is ours; otherwise keep it and say False."""
        if sha256 != kept.entry.sha256:
            return False
        self._run(lambda _: self._settle(kept, record_id))
        return True

    def refuse(self, kept: Kept, reason: str) -> None:
        """Set aside a picture the cloud will never take; the newest hundred stay to look at."""
        self._run(lambda _: self._refuse(kept, reason))

    def number_anew(self, kept: Kept) -> bool:
        """Put the picture under the present spool id; a new one, said by True, if it was that.

        Its number stays, as no other picture here has it. Others are left as they are: the cloud
        may have some of them, and knows those by the numbers that they were sent under.
        """
        return self._run(lambda index: index.number_anew(kept))

    def count_attempt(self, kept: Kept) -> None:
        """The cloud stumbled over this very picture: others go first."""
        self._run(lambda index: index.count_attempt(kept.sequence))

    def refused(self) -> list[Kept]:
        """The refused pictures still kept, with the cloud's reason, oldest first."""
        return self._run(lambda index: index.in_state(State.REFUSED))

    def counts(self) -> Counts:
        """The spool's books at this moment."""
        return self._run(Index.counts)

    def keep_config(self, version: int, document: Mapping[str, object]) -> None:
        """Remember the configuration over a restart, masks above all. Raises OSError."""
        self._run(lambda index: index.keep_config(version, document))

    def kept_config(self) -> tuple[int, dict[str, object]] | None:
        """The version and document last in force; None where there was none yet."""
        return self._run(Index.kept_config)

    def _run(self, work: Callable[[Index], T]) -> T:
        """Alone with the index; once more with a new one where it turns out to be broken."""
        with self._mutex:
            try:
                return work(self._index)
            except BrokenDatabase as error:
                self._begin_anew(error)
                return work(self._index)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._mutex:
            try:
                with self._index.transaction() as rows:
                    yield rows
            except BrokenDatabase as error:
                self._begin_anew(error)
                raise

    def _open_index(self) -> Index:
        try:
            return Index(self._path, self._monotonic)
        except BrokenDatabase as error:
            return self._open_new_index(error)

    def _look_over(self, index: Index) -> None:
        index.check()
        take_stock(index, self._shelf)

    def _begin_anew(self, error: BrokenDatabase) -> None:
        config = None
        with suppress(OSError):
            config = self._index.kept_config()
        self._index.close()
        self._index = self._open_new_index(error)
        if config is not None:
            self._index.keep_config(*config)
        take_stock(self._index, self._shelf)

    def _open_new_index(self, error: BrokenDatabase) -> Index:
        kept_as = set_aside(self._path)
        log.warn("The spool's index is broken; a new one begins", why=error, kept_as=kept_as)
        return Index(self._path, self._monotonic)

    def _take(self, picture: Picture, asking: Asking) -> Kept:
        self._drop_aged()
        self._make_room(len(picture.content))
        number = Number(self._index.id, self._index.next_number())
        entry = _entry_of(picture, asking, name_file(number, picture.media_type))
        self._shelf.keep(entry, picture.content, asking.command_id)
        try:
            return self._index.add(number.sequence, entry, asking.command_id)
        except BaseException:
            self._shelf.remove(entry.file)
            raise

    def _next_waiting(self) -> tuple[Kept, bytes] | None:
        if self._index.next_waiting(self._passed_over) is None:
            self._passed_over.clear()
        while (kept := self._index.next_waiting(self._passed_over)) is not None:
            content = self._read(kept)
            if content is not None:
                return kept, content
        return None

    def _read(self, kept: Kept) -> bytes | None:
        try:
            return self._shelf.read(kept.entry)
        except (FileNotFoundError, DamagedPicture) as error:
            why: Exception = error
        except OSError as error:
            why = error
            self._stumbles[kept.sequence] += 1
        self._passed_over.add(kept.sequence)
        if 0 < self._stumbles[kept.sequence] < READ_ATTEMPTS:
            log.warn("A picture cannot be read; others go first", why=why, n=kept.sequence)
        else:
            log.warn("A picture was lost on this disk", why=why, n=kept.sequence)
            self._drop(kept)
        return None

    def _settle(self, kept: Kept, record_id: str) -> None:
        self._index.acknowledge(kept.sequence, record_id)
        self._shelf.remove(kept.entry.file)

    def _refuse(self, kept: Kept, reason: str) -> None:
        self._index.refuse(kept.sequence, reason)
        for surplus in self._index.in_state(State.REFUSED)[:-REFUSED_KEPT]:
            self._drop(surplus)

    def _claim(self, folder: Path) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise SpoolError(
                f"Another device client already uses the spool {folder}. "
                "Give each camera a --spool folder of its own."
            ) from error

    def _make_room(self, needed: int) -> None:
        surplus = self._index.bytes_kept() + needed - self._cap_bytes
        dropped = 0
        while surplus > 0 and (kept := self._index.most_dispensable()) is not None:
            self._drop(kept)
            surplus -= kept.entry.bytes
            dropped += 1
        if dropped:
            log.warn("The spool is full; the pictures least wanted were dropped", count=dropped)

    def _drop_aged(self) -> None:
        aged = self._index.waiting_longer_than(OLDEST_KEPT.total_seconds())
        for kept in aged:
            self._drop(kept)
        if aged:
            log.warn("Pictures that waited too long were dropped", count=len(aged))

    def _drop(self, kept: Kept) -> None:
        self._index.drop(kept.sequence)
        with suppress(OSError):  # it is swept at the next start
            self._shelf.remove(kept.entry.file)


def _entry_of(picture: Picture, asking: Asking, file: str) -> Entry:
    return Entry(
        file=file,
        bytes=len(picture.content),
        sha256=hashlib.sha256(picture.content).hexdigest(),
        media_type=picture.media_type,
        captured_at=_in_utc(picture.captured_at),
        trigger_id=asking.trigger_id,
        trigger_label=asking.label,
        metadata=_json_of(picture.metadata),
    )


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _json_of(metadata: Mapping[str, object]) -> str:
    return json.dumps(dict(metadata), separators=(",", ":"), sort_keys=True)
