"""Whose camera this is: what was taken for one activation of the unit is not sent under another.

A camera that is released and activated anew, perhaps by another organization, keeps its disk. Its
spool remembers for which activation it was begun; a new key for the same one changes nothing.
"""

from pathlib import Path
from typing import Final

from device import log
from device.files import Files, write_durably
from device.shelf import Shelf

NAME: Final = "activation"


def hold_to_activation(folder: Path, files: Files, shelf: Shelf, activation_id: str | None) -> None:
    """Begin the spool anew where it is another activation's; a key that names none says nothing.

    Raises OSError where the disk does not do it; the next start goes on then.
    """
    path = folder / NAME
    before = files.read(path).decode(errors="replace") if path.exists() else None
    if activation_id in (None, before):
        return
    if before is not None:
        _put_away(folder, shelf)
    write_durably(files, path, activation_id.encode())


def _put_away(folder: Path, shelf: Shelf) -> None:
    names = list(shelf.names())
    for name in names:
        shelf.set_aside(name)
    shelf.thin_aside()
    # With the index go the settings, masks and commands of those whose camera this was.
    for path in folder.glob("index.db*"):
        path.unlink()
    log.warn(
        "This camera was activated anew; what it took before is not sent but set aside",
        count=len(names),
        folder=shelf.aside,
    )
