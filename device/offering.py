"""Which picture is sent next, and what is done about one that is in the way of the others."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from device import log
from device.index import Index
from device.kept import Kept
from device.room import drop
from device.shelf import DamagedPicture, DeliveredPicture, Shelf
from device.wire import LossReason

READ_ATTEMPTS: Final = 10
"""So often a file is tried that the disk does not give, each time after all others."""


class Queue(StrEnum):
    """What waits: the last capture taken, as long as it is that, and all others."""

    LIVE = "live"
    BACKLOG = "backlog"


NEXT_OF: Final = {Queue.LIVE: Index.next_live, Queue.BACKLOG: Index.next_backlog}


class Offering:
    """Remembers, for this run of the client, which pictures had better wait for the others.

    And which of them somebody is sending, so that nobody else does.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._passed_over: set[int] = set()
        self._stumbles: Counter[int] = Counter()

    def pass_over(self, kept: Kept) -> None:
        """Have all others go before this one, once."""
        self._passed_over.add(kept.sequence)

    def hold(self, kept: Kept) -> None:
        """Offer this one to nobody until it is let go."""
        self._held.add(kept.sequence)

    def let_go(self, kept: Kept) -> None:
        self._held.discard(kept.sequence)

    def has_live(self, index: Index) -> bool:
        """Whether there is a live picture to send, or one that is being sent."""
        return index.next_live(self._passed_over) is not None

    def next_waiting(
        self, index: Index, shelf: Shelf, queues: Iterable[Queue] = Queue
    ) -> tuple[Kept, bytes] | None:
        """What to send next, with its bytes; None when nothing waits that can be sent now.

        Raises OSError where the index cannot be read or written; the next call goes on.
        """
        if self._first(index, Queue) is None:
            self._passed_over.clear()
        while (kept := self._first(index, queues)) is not None:
            content = self._read(index, shelf, kept)
            if content is not None:
                return kept, content
        return None

    def _first(self, index: Index, queues: Iterable[Queue]) -> Kept | None:
        besides = self._held | self._passed_over
        found = (NEXT_OF[queue](index, besides) for queue in queues)
        return next((kept for kept in found if kept is not None), None)

    def _read(self, index: Index, shelf: Shelf, kept: Kept) -> bytes | None:
        try:
            return shelf.read(kept.entry)
        except DeliveredPicture as delivered:
            self.pass_over(kept)
            index.acknowledge(kept.sequence, delivered.record_id)
            shelf.remove(kept.entry.file)
        except (FileNotFoundError, DamagedPicture) as error:
            self._lose(index, shelf, kept, error)
        except OSError as error:
            self._stumble(index, shelf, kept, error)
        return None

    def _stumble(self, index: Index, shelf: Shelf, kept: Kept, error: OSError) -> None:
        self._stumbles[kept.sequence] += 1
        if self._stumbles[kept.sequence] >= READ_ATTEMPTS:
            self._lose(index, shelf, kept, error)
            return
        self.pass_over(kept)
        log.warn("A picture cannot be read; others go first", why=error, n=kept.sequence)

    def _lose(self, index: Index, shelf: Shelf, kept: Kept, why: Exception) -> None:
        self.pass_over(kept)  # the loss may be impossible to write down now
        log.warn("A picture was lost on this disk", why=why, n=kept.sequence)
        drop(index, shelf, kept, LossReason.DAMAGED)
