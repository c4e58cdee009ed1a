"""Whether the cloud still knows this camera's key, as its answers to all calls say it.

A key that is rejected may have been replaced, or the camera was released while it was away and
looks at a place that is no longer its organization's. The camera cannot tell the two apart. So it
goes on for a day, in which whoever replaces a key loses nothing, and then takes no more pictures
until its key is accepted.
"""

import time
from collections.abc import Callable
from typing import Final

from device import log
from device.answers import Answer, read_problem, rejects_key

GRACE_SECONDS: Final = 24 * 3600.0
REJECTED: Final = (
    "The cloud does not accept this device key: it was replaced, or the camera was released from "
    "its organization. Pictures are kept. Ask for a pairing code on the camera's page, run "
    "python -m device pair, and start again"
)
RESTS: Final = (
    "The key has been rejected for a day; no more pictures are taken until it is accepted"
)


class KeyWatch:
    """Hears every answer, from several threads; it is no harm where two tell the same."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rejected_at: float | None = None
        self._told_to_rest = False

    def hear(self, answer: Answer) -> None:
        """Note what this answer says of the key, if anything."""
        if rejects_key(answer):
            self._note_rejection(answer)
        elif answer.is_well:
            self._rejected_at, self._told_to_rest = None, False

    def rests(self) -> bool:
        """Whether the camera is to take no picture that nobody asked it for."""
        since = self._rejected_at
        return since is not None and self._monotonic() - since >= GRACE_SECONDS

    def _note_rejection(self, answer: Answer) -> None:
        if self._rejected_at is None:
            self._rejected_at = self._monotonic()
            log.warn(REJECTED, why=read_problem(answer))
        elif self.rests() and not self._told_to_rest:
            self._told_to_rest = True
            log.warn(RESTS)
