"""How old a picture is, whatever was done to the clock of day meanwhile.

A small computer starts with a wrong clock and sets it once there is a network. So each picture is
marked with the seconds since the machine was switched on, and with the name of that switching on:
while it lasts, the age of the picture is known to the second. The mark waits in the spool with the
picture's metadata; the cloud does not get to see it.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from device.picture import Picture

MARK: Final = "marked"
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Running:
    """One running of the machine, or of this program where the machine tells no more."""

    name: str
    seconds: Callable[[], float]

    def mark(self, picture: Picture) -> Picture:
        """The picture, which was taken right now, with its mark."""
        mark = {"running": self.name, "seconds": self.seconds()}
        return replace(picture, metadata={**picture.metadata, MARK: mark})

    def read_age(self, metadata: str) -> tuple[str, timedelta | None]:
        """The metadata, JSON text, without its mark; how long ago that was, where it is known."""
        said = json.loads(metadata)
        mark = said.pop(MARK, None)
        return json.dumps(said, separators=(",", ":"), sort_keys=True), self._age_of(mark)

    def _age_of(self, mark: object) -> timedelta | None:
        match mark:
            case {"running": self.name, "seconds": int() | float() as seconds}:
                return timedelta(seconds=self.seconds() - seconds)
        return None


def find_running() -> Running:
    """The running that is now. Linux names each, and counts its seconds through all sleep."""
    try:
        name = BOOT_ID.read_text(encoding="ascii").strip()
        return Running(name, lambda: time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError):
        return Running(str(uuid.uuid4()), time.monotonic)


RUNNING: Final = find_running()
