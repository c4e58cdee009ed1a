"""What the spool does about files that its index does not know, each time that it is opened.

A half-written one is swept away, and so is one that is settled, by the index's word or its own. Any
other is finished: the power went before its row was written, or the index was lost, or put back
from an older copy. It is taken in under its own number, by which the cloud knows it if it came
there before. What could be a picture and does not say which is set aside, where the newest hundred
stay to look at.
"""

from contextlib import suppress

from device import log
from device.index import Index
from device.picture_file import read_name
from device.shelf import Shelf


def take_stock(index: Index, shelf: Shelf) -> None:
    """Bring index and folder to agree. Raises OSError where the index cannot be written."""
    unknown = set(shelf.names()) - index.files()
    over = {name for name in unknown if name.endswith(".part") or _is_over(index, shelf, name)}
    _sweep(shelf, over)
    told = {name: shelf.read_facts(name) for name in sorted(unknown - over)}
    found = [facts for facts in told.values() if facts is not None]
    strange = [name for name, facts in told.items() if facts is None]
    if told:
        index.take_in(found, lost=len(strange))
    if found:
        log.warn("Pictures that the spool's index did not know were taken in", count=len(found))
    _set_aside(shelf, strange)


def _is_over(index: Index, shelf: Shelf, name: str) -> bool:
    number = read_name(name)
    settled = number is not None and index.has_settled(number.spool_id, number.sequence)
    return settled or shelf.is_delivered(name)


def _sweep(shelf: Shelf, names: set[str]) -> None:
    for name in names:
        with suppress(OSError):  # it is swept another time
            shelf.remove(name)
    if names:
        log.info("Files that a crash had left were swept away", count=len(names))


def _set_aside(shelf: Shelf, names: list[str]) -> None:
    for name in names:
        try:
            shelf.set_aside(name)
        except OSError as error:
            log.warn("A file that is no picture of ours could not be set aside", why=error)
    if names:
        log.warn(
            "Pictures of which nothing is known any more cannot be sent; they were set aside",
            count=len(names),
            folder=shelf.aside,
        )
    with suppress(OSError):  # it is thinned another time
        if gone := shelf.thin_aside():
            log.warn("The oldest files that were set aside are gone; a hundred stay", count=gone)
