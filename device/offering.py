"""Which picture is sent next, and what is done about one that is in the way of the others."""

from collections import Counter
from typing import Final

from device import log
from device.index import Index
from device.kept import Kept
from device.room import drop
from device.shelf import DamagedPicture, DeliveredPicture, Shelf
from device.wire import LossReason

READ_ATTEMPTS: Final = 10
"""So often a file is tried that the disk does not give, each time after all others."""


class Offering:
    """Remembers, for this run of the client, which pictures had better wait for the others."""

    def __init__(self) -> None:
        self._passed_over: set[int] = set()
        self._stumbles: Counter[int] = Counter()

    def pass_over(self, kept: Kept) -> None:
        """Have all others go before this one, once."""
        self._passed_over.add(kept.sequence)

    def next_waiting(self, index: Index, shelf: Shelf) -> tuple[Kept, bytes] | None:
        """What to send next, with its bytes; None when nothing waits that can be sent now.

        Raises OSError where the index cannot be read or written; the next call goes on.
        """
        if self._first(index) is None:
            self._passed_over.clear()
        while (kept := self._first(index)) is not None:
            content = self._read(index, shelf, kept)
            if content is not None:
                return kept, content
        return None

    def _first(self, index: Index) -> Kept | None:
        return index.next_live(self._passed_over) or index.next_backlog(self._passed_over)

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
