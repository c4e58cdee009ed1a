"""What every source of pictures can do."""

from typing import Protocol

from device.picture import Picture
from device.wire import CaptureConfig


class SourceError(Exception):
    """No picture this time, or none at all; the sentence says why."""


class SourceHung(SourceError):
    """The driver holds earlier readings and lets none go; only a new process can read again."""


class Source(Protocol):
    """Something that gives one still when asked."""

    def read(self, capture: CaptureConfig) -> Picture | None:
        """One picture, taken now; None when there will be no more.

        Raises SourceError when there is none this time.
        """
        ...
