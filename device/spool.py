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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from device import log
from device.activation import hold_to_activation
from device.command_book import CommandBook
from device.database import BrokenDatabase, set_aside
from device.files import DiskFiles, Files, create_private, make_private
from device.gaps import GapBook
from device.index import Counts, Index
from device.kept import Entry, Kept, State
from device.offering import Offering, Queue
from device.picture import Picture
from device.room import drop, drop_aged, hold_cap, keep
from device.shelf import Shelf
from device.stocktaking import take_stock
from device.wire import LossReason

T = TypeVar("T")

DEFAULT_CAP_BYTES: Final = 2 * 1024**3
REFUSED_KEPT: Final = 100


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
        activation_id: str | None = None,
        cap_bytes: int = DEFAULT_CAP_BYTES,
        files: Files | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the spool and sweep away what a crash left half-done.

        What waits in it from another activation is not sent but set aside.

        Raises SpoolError when another process uses it, or when it cannot be read or written.
        """
        files = files or DiskFiles()
        self._path = folder / "index.db"
        self._cap_bytes = cap_bytes
        self._monotonic = monotonic
        self._mutex = threading.Lock()
        self._offering = Offering()
        try:
            make_private(folder)
            self._shelf = Shelf(folder, files)
            self._lock = create_private(folder / "lock")
        except OSError as error:
            raise SpoolError(f"The spool folder {folder} cannot be used: {error}.") from error
        self._claim(folder)
        try:
            hold_to_activation(folder, files, self._shelf, activation_id)
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
        self.gaps = GapBook(self._writing)

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
        return self._run(lambda index: self._offering.next_waiting(index, self._shelf))

    @contextmanager
    def sending(self, queue: Queue) -> Iterator[tuple[Kept, bytes] | None]:
        """What to upload next of this queue, with its bytes; nobody else is given it meanwhile."""
        waiting = self._run(lambda index: self._hold_next(index, queue))
        try:
            yield waiting
        finally:
            if waiting is not None:
                self._offering.let_go(waiting[0])

    def has_live(self) -> bool:
        """Whether a live picture waits or is being sent."""
        return self._run(self._offering.has_live)

    def acknowledge(self, kept: Kept, sha256: str, record_id: str = "") -> bool:
        """Delete the picture if the cloud's sha256 is ours; otherwise keep it and say False."""
        if sha256 != kept.entry.sha256:
            return False
        self._run_for(kept, lambda _: self._settle(kept, record_id))
        return True

    def refuse(self, kept: Kept, reason: str) -> None:
        """Set aside a picture the cloud will never take; the newest hundred stay to look at."""
        self._run_for(kept, lambda _: self._refuse(kept, reason))

    def number_anew(self, kept: Kept) -> bool:
        """Put the picture under the present spool id; a new one, said by True, if it was that.

        Its number stays, as no other picture here has it. Others are left as they are: the cloud
        may have some of them, and knows those by the numbers that they were sent under.
        """
        return self._run_for(kept, lambda index: index.number_anew(kept))

    def count_attempt(self, kept: Kept) -> None:
        """The cloud stumbled over this very picture: others go first."""
        self._run_for(kept, lambda index: index.count_attempt(kept.sequence))

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

    def _run_for(self, kept: Kept, work: Callable[[Index], T]) -> T:
        """The same; others go first where that fails, so that one picture holds up none."""
        try:
            return self._run(work)
        except OSError:
            self._offering.pass_over(kept)
            raise

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
        index, shelf, content = self._index, self._shelf, picture.content
        drop_aged(index, shelf)
        hold_cap(index, shelf, self._cap_bytes, len(content))
        return keep(index, shelf, _entry_of(picture, asking), content, asking.command_id)

    def _hold_next(self, index: Index, queue: Queue) -> tuple[Kept, bytes] | None:
        waiting = self._offering.next_waiting(index, self._shelf, (queue,))
        if waiting is not None:
            self._offering.hold(waiting[0])
        return waiting

    def _settle(self, kept: Kept, record_id: str) -> None:
        try:
            self._index.acknowledge(kept.sequence, record_id)
        except OSError:
            # The file can tell as well, and what it gives back may be the room that lacked.
            self._shelf.mark_delivered(kept.entry.file, record_id)
            self._index.acknowledge(kept.sequence, record_id)
        self._shelf.remove(kept.entry.file)

    def _refuse(self, kept: Kept, reason: str) -> None:
        self._index.refuse(kept.sequence, reason)
        for surplus in self._index.in_state(State.REFUSED)[:-REFUSED_KEPT]:
            drop(self._index, self._shelf, surplus, LossReason.REFUSED)

    def _claim(self, folder: Path) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise SpoolError(
                f"Another device client already uses the spool {folder}. "
                "Give each camera a --spool folder of its own."
            ) from error


def _entry_of(picture: Picture, asking: Asking) -> Entry:
    return Entry(
        file="",  # named by its number, once it has one
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
