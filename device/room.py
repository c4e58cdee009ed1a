"""Making room in the spool: what has to go, by which order, so that a new picture can be kept.

A picture that goes is removed first and written off then: a full disk takes the note only when it
has the room. Where the power goes in between, its missing file tells of the loss later.
"""

import errno
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from device import log
from device.index import Index
from device.kept import Entry, Kept
from device.picture_file import Number, name_file
from device.shelf import Shelf
from device.wire import LossReason

OLDEST_KEPT: Final = timedelta(days=7)
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
ROOM_FOR_INDEX: Final = 64 * 1024


def drop_aged(index: Index, shelf: Shelf) -> None:
    """Have what waited too long gone."""
    aged = index.waiting_longer_than(OLDEST_KEPT.total_seconds())
    for kept in aged:
        drop(index, shelf, kept, LossReason.WAITED_TOO_LONG)
    if aged:
        log.warn("Pictures that waited too long were dropped", count=len(aged))


def hold_cap(index: Index, shelf: Shelf, cap_bytes: int, needed: int) -> None:
    """Have the least wanted gone until so many bytes more are within the cap."""
    surplus = index.bytes_kept() + needed - cap_bytes
    dropped = 0
    while surplus > 0 and (kept := index.most_dispensable()) is not None:
        drop(index, shelf, kept, LossReason.NO_ROOM)
        surplus -= kept.entry.bytes
        dropped += 1
    if dropped:
        log.warn("The spool is full; the pictures least wanted were dropped", count=dropped)


def keep(index: Index, shelf: Shelf, entry: Entry, content: bytes, command_id: str | None) -> Kept:
    """Make the picture durable and number it; on a full disk the least wanted give way to it.

    Raises OSError where the disk does not take it even so. It has a bound, what goes for one
    picture: others may fill the disk as fast as it is emptied here.
    """
    enough = 2 * len(content) + ROOM_FOR_INDEX
    dropped: list[Kept] = []
    while True:
        try:
            kept = _keep(index, shelf, entry, content, command_id)
        except OSError as error:
            freed = sum(one.entry.bytes for one in dropped)
            dispensable = index.most_dispensable()
            if error.errno not in FULL or freed >= enough or dispensable is None:
                raise
            index.save_room()
            drop(index, shelf, dispensable, LossReason.NO_ROOM)
            dropped.append(dispensable)
            log.warn(
                "The disk is full; the picture least wanted was dropped", n=dispensable.sequence
            )
        else:
            return kept


def drop(index: Index, shelf: Shelf, kept: Kept, why: LossReason) -> None:
    """Have a picture gone, counted as lost unless the cloud refused it."""
    with suppress(OSError):  # what cannot be removed is swept at the next start
        shelf.remove(kept.entry.file)
    index.drop(kept.sequence, why)


def _keep(index: Index, shelf: Shelf, entry: Entry, content: bytes, command_id: str | None) -> Kept:
    number = Number(index.id, index.next_number())
    entry = replace(entry, file=name_file(number, entry.media_type))
    shelf.keep(entry, content, command_id)
    try:
        return index.add(number.sequence, entry, command_id)
    except BaseException:
        shelf.remove(entry.file)
        raise
