"""A process that fills a spool and kills itself at its N-th file operation.

Run as `python -m tests.device.dying_camera FOLDER N before|midway`. It prints the sha256 of a
picture once it counts as taken, and `acked` plus the sha256 before it settles one.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from device.command_book import Command
from device.files import DiskFiles
from device.picture import Picture
from device.spool import Asking, Spool


class DyingFiles(DiskFiles):
    """Kills the process at the N-th operation: before it, or with half of a file written."""

    def __init__(self, at: int, *, midway: bool) -> None:
        self._left = at
        self._midway = midway

    def write(self, path: Path, content: bytes) -> None:
        if self._midway and self._left == 1:
            super().write(path, content[: len(content) // 2])
        self._count()
        super().write(path, content)

    def sync(self, path: Path) -> None:
        self._count()
        super().sync(path)

    def rename(self, old: Path, new: Path) -> None:
        self._count()
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        self._count()
        super().remove(path)

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, at: str, moment: str) -> None:
    spool = Spool(Path(folder), files=DyingFiles(int(at), midway=moment == "midway"))
    for number in range(3):
        content = bytes([number]) * 5000
        name = f"c{number}"
        spool.commands.receive(Command(name, f"t-{name}", "manual", "2100-01-01T00:00:00Z"), "1")
        asking = Asking(f"t-{name}", "manual", name)
        kept = spool.take(Picture(content, datetime(2026, 3, 1, tzinfo=UTC)), asking)
        sys.stdout.write(f"taken {kept.entry.sha256}\n")
        sys.stdout.flush()
        if number == 1:
            sys.stdout.write(f"acked {kept.entry.sha256}\n")
            sys.stdout.flush()
            spool.acknowledge(kept, kept.entry.sha256)
    sys.stdout.write("finished\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
