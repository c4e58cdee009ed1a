"""The two lanes that empty the spool towards the cloud: one for live pictures, one for the backlog.

So a live picture waits for none that was taken before, however long that one is on its way.
`Settling` is what each answer does to the picture in the spool and to the patience of the camera,
which the lanes share; `Lane` is the thread that asks for the answers.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from device import log
from device.answers import (
    Accepted,
    Answer,
    NumberUsed,
    Outcome,
    Refused,
    TryLater,
    judge_upload,
)
from device.backoff import Backoff
from device.client import TookTooLong, Unreachable
from device.kept import Kept
from device.offering import Queue
from device.spool import Spool

ORDINARY: Final = Backoff(base=1.0, cap=60.0)
WITHOUT_KEY: Final = Backoff(base=60.0, cap=300.0)
LOOK_EVERY: Final = 0.5


class Uploading(Protocol):
    """What the lane needs of the client."""

    def upload(self, kept: Kept, content: bytes) -> Answer: ...


class Settling:
    """What the answers mean for the spool, and how long to wait after each. Used by both lanes."""

    def __init__(
        self,
        spool: Spool,
        *,
        dice: random.Random,
        backoff: Backoff = ORDINARY,
        without_key: Backoff = WITHOUT_KEY,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        """`ring` is called when a picture is settled, for whoever reports on commands."""
        self._spool = spool
        self._dice = dice
        self._backoff = backoff
        self._without_key = without_key
        self._ring = ring
        self._mutex = threading.Lock()
        self._failures = 0
        self._told: str | None = None
        self._rests_until = 0.0

    @property
    def fails(self) -> bool:
        """Whether the last answer was a failure, or there was none."""
        return self._failures > 0

    def seconds_left(self) -> float:
        """How long nothing is to be sent from now on."""
        return max(0.0, self._rests_until - time.monotonic())

    def heed(self, kept: Kept, outcome: Outcome) -> float:
        """Do to the picture what the outcome says; the seconds to wait before the next.

        Raises OSError when the disk does not take it; sending the picture again is harmless then.
        """
        match outcome:
            case Accepted() as accepted:
                return self._settle(kept, accepted)
            case Refused(reason=reason):
                self._spool.refuse(kept, reason)
                log.warn("The cloud will never take this picture", why=reason, n=kept.sequence)
                return self._go_on()
            case NumberUsed(reason=reason):
                return self._number_anew(kept, reason)
            case TryLater() as later:
                return self._hold(kept, later)

    def wait_longer(self, later: TryLater) -> float:
        """Count a failure; the seconds to wait after it."""
        backoff = self._without_key if later.key_rejected else self._backoff
        with self._mutex:
            self._failures += 1
            wait = backoff.delay(self._failures, retry_after=later.retry_after, dice=self._dice)
            self._rests_until = max(self._rests_until, time.monotonic() + wait)
            self._tell(later, wait)
        return wait

    def _settle(self, kept: Kept, accepted: Accepted) -> float:
        if not self._spool.acknowledge(kept, accepted.sha256, accepted.record_id):
            reason = "the answer carries another picture's sha256"
            return self._hold(kept, TryLater(reason, blames_picture=True))
        log.info("Picture delivered", n=kept.sequence, record=accepted.record_id)
        return self._go_on()

    def _number_anew(self, kept: Kept, reason: str) -> float:
        if not self._spool.number_anew(kept):
            return 0.0
        log.warn("The cloud knows other pictures by these numbers; a new spool id begins here")
        return self.wait_longer(TryLater(reason))

    def _go_on(self) -> float:
        with self._mutex:
            if self._told is not None:
                log.info("Uploads work again", waiting=self._spool.counts().waiting)
            self._failures, self._told = 0, None
        self._ring()
        return 0.0

    def _hold(self, kept: Kept, later: TryLater) -> float:
        if later.blames_picture:
            self._spool.count_attempt(kept)
        return self.wait_longer(later)

    def _tell(self, later: TryLater, wait: float) -> None:
        if later.reason == self._told:
            return
        self._told = later.reason
        sentence = "Upload failed; pictures are kept and tried again"
        log.warn(sentence, why=later.reason, retry_in=round(wait, 1))


class Lane:
    """Sends what waits in its queue, one picture at a time, and waits when it must."""

    def __init__(
        self,
        cloud: Uploading,
        spool: Spool,
        settling: Settling,
        queue: Queue,
        *,
        stop: threading.Event,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._cloud = cloud
        self._spool = spool
        self._settling = settling
        self._queue = queue
        self._stop = stop
        self._now = now
        self.bell = threading.Event()

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stop.is_set():
            left = self._settling.seconds_left()
            if left > 0:
                self._stop.wait(left)
            elif self.send_next() is None:
                self.bell.wait(LOOK_EVERY)
                self.bell.clear()

    def send_next(self) -> float | None:
        """Send one picture; the seconds to wait before the next, None when none is to be sent."""
        try:
            if self._leaves_it_to_live():
                return None
            with self._spool.sending(self._queue) as waiting:
                return None if waiting is None else self._send_one(*waiting)
        except OSError as error:
            # Nothing is lost: the picture is still there, and sending it again is harmless.
            return self._settling.wait_longer(TryLater(str(error)))

    def _leaves_it_to_live(self) -> bool:
        # Else a cloud that fails would be asked twice as often.
        return self._queue is Queue.BACKLOG and self._settling.fails and self._spool.has_live()

    def _send_one(self, kept: Kept, content: bytes) -> float:
        return self._settling.heed(kept, self._send(kept, content))

    def _send(self, kept: Kept, content: bytes) -> Outcome:
        try:
            answer = self._cloud.upload(kept, content)
        except Unreachable as error:
            too_long = isinstance(error, TookTooLong)
            return TryLater(f"no answer: {error}", blames_picture=too_long)
        return judge_upload(answer, self._now())


def open_lanes(
    cloud: Uploading, spool: Spool, settling: Settling, *, stop: threading.Event
) -> list[Lane]:
    """A lane for each queue, the live one first."""
    return [Lane(cloud, spool, settling, queue, stop=stop) for queue in Queue]
