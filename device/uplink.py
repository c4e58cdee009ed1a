"""The lane that empties the spool towards the cloud."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from device import log
from device.answers import Accepted, Answer, Outcome, Refused, TryLater, judge_upload
from device.backoff import Backoff
from device.client import Unreachable
from device.index import Kept
from device.spool import Spool

ORDINARY: Final = Backoff(base=1.0, cap=60.0)
WITHOUT_KEY: Final = Backoff(base=60.0, cap=300.0)
LOOK_EVERY: Final = 0.5


class Uploading(Protocol):
    """What the lane needs of the client."""

    def upload(self, spool_id: str, kept: Kept, content: bytes) -> Answer: ...


class Lane:
    """Sends what waits in the spool, one picture at a time, and waits when it must."""

    def __init__(
        self,
        cloud: Uploading,
        spool: Spool,
        *,
        stop: threading.Event,
        dice: random.Random,
        backoff: Backoff = ORDINARY,
        without_key: Backoff = WITHOUT_KEY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        """`ring` is called when a picture is settled, for whoever reports on commands."""
        self._cloud = cloud
        self._spool = spool
        self._stop = stop
        self._dice = dice
        self._backoff = backoff
        self._without_key = without_key
        self._now = now
        self._ring = ring
        self._failures = 0
        self._told: str | None = None
        self.bell = threading.Event()

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stop.is_set():
            wait = self.send_next()
            if wait is None:
                self.bell.wait(LOOK_EVERY)
                self.bell.clear()
            else:
                self._stop.wait(wait)

    def send_next(self) -> float | None:
        """Send one picture; the seconds to wait before the next, None when nothing waits."""
        try:
            waiting = self._spool.next_waiting()
            return None if waiting is None else self._send_one(*waiting)
        except OSError as error:
            # Nothing is lost: the picture is still there, and sending it again is harmless.
            return self._wait_longer(TryLater(str(error)))

    def _send_one(self, kept: Kept, content: bytes) -> float:
        match self._send(kept, content):
            case Accepted() as accepted:
                return self._settle(kept, accepted)
            case Refused(reason=reason):
                self._spool.refuse(kept, reason)
                log.warn("The cloud will never take this picture", why=reason, n=kept.sequence)
                return self._go_on()
            case TryLater() as later:
                return self._hold(kept, later)

    def _send(self, kept: Kept, content: bytes) -> Outcome:
        try:
            answer = self._cloud.upload(self._spool.id, kept, content)
        except Unreachable as error:
            return TryLater(f"no answer: {error}")
        return judge_upload(answer, self._now())

    def _settle(self, kept: Kept, accepted: Accepted) -> float:
        if not self._spool.acknowledge(kept, accepted.sha256, accepted.record_id):
            reason = "the answer carries another picture's sha256"
            return self._hold(kept, TryLater(reason, blames_picture=True))
        log.info("Picture delivered", n=kept.sequence, record=accepted.record_id)
        return self._go_on()

    def _go_on(self) -> float:
        if self._told is not None:
            log.info("Uploads work again", waiting=self._spool.counts().waiting)
        self._failures, self._told = 0, None
        self._ring()
        return 0.0

    def _hold(self, kept: Kept, later: TryLater) -> float:
        if later.blames_picture:
            self._spool.count_attempt(kept)
        return self._wait_longer(later)

    def _wait_longer(self, later: TryLater) -> float:
        self._failures += 1
        backoff = self._without_key if later.key_rejected else self._backoff
        wait = backoff.delay(self._failures, retry_after=later.retry_after, dice=self._dice)
        self._tell(later, wait)
        return wait

    def _tell(self, later: TryLater, wait: float) -> None:
        if later.reason == self._told:
            return
        self._told = later.reason
        sentence = (
            "The cloud does not accept this device key; pictures are kept. "
            "Put a valid key into the key file and start again"
            if later.key_rejected
            else "Upload failed; pictures are kept and tried again"
        )
        log.warn(sentence, why=later.reason, retry_in=round(wait, 1))
