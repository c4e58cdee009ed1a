"""The way to the cloud: an HTTP client that knows the wire, and the lane that empties the spool."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol, Self

import httpx2

from device import log, wire
from device.answers import Accepted, Answer, Outcome, Refused, TryLater, judge_upload
from device.backoff import Backoff
from device.index import Kept
from device.settings import Identity
from device.spool import Spool

TIMEOUT: Final = httpx2.Timeout(30.0, connect=10.0)
LONGEST_EXCHANGE: Final = 90.0
LARGEST_ANSWER: Final = 1024 * 1024
ORDINARY: Final = Backoff(base=1.0, cap=60.0)
WITHOUT_KEY: Final = Backoff(base=60.0, cap=300.0)
LOOK_EVERY: Final = 0.5


class Unreachable(Exception):
    """No answer came back; the text says what happened on the way."""


class Uploading(Protocol):
    """What the lane needs of the client."""

    def upload(self, spool_id: str, kept: Kept, content: bytes) -> Answer: ...


class Cloud:
    """The cloud as a camera sees it. Used by several threads at once."""

    def __init__(self, identity: Identity, *, version: str) -> None:
        self._identity = identity
        self._client = httpx2.Client(
            base_url=identity.url,
            timeout=TIMEOUT,
            headers={
                wire.AUTHORIZATION_HEADER: f"{wire.BEARER} {identity.key}",
                "User-Agent": f"visant-device/{version}",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def upload(self, spool_id: str, kept: Kept, content: bytes) -> Answer:
        """Send one picture. The same spool id and sequence make a repeat harmless.

        Raises Unreachable when no answer came.
        """
        entry = kept.entry
        fields = {
            wire.CAPTURED_AT_FIELD: entry.captured_at,
            wire.SEQUENCE_FIELD: str(kept.sequence),
            wire.SPOOL_ID_FIELD: spool_id,
            wire.TRIGGER_ID_FIELD: entry.trigger_id,
            wire.TRIGGER_LABEL_FIELD: entry.trigger_label,
            wire.METADATA_FIELD: entry.metadata,
            wire.TIMING_FIELD: _timing_of(entry.captured_at),
        }
        return self._ask(
            "POST",
            wire.CAPTURES_PATH,
            data={name: value for name, value in fields.items() if value is not None},
            files={wire.IMAGE_FIELD: (f"{kept.sequence}", content, entry.media_type)},
        )

    def beat(self, body: wire.HeartbeatBody) -> Answer:
        """Send one heartbeat. Raises Unreachable when no answer came."""
        path = wire.HEARTBEAT_PATH.format(device_id=self._identity.device_id)
        return self._ask("POST", path, json=body)

    def fetch_config(self) -> Answer:
        """Ask for the config document. Raises Unreachable when no answer came."""
        return self._ask("GET", wire.CONFIG_PATH.format(device_id=self._identity.device_id))

    def _ask(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        json: object = None,
    ) -> Answer:
        deadline = time.monotonic() + LONGEST_EXCHANGE
        try:
            with self._client.stream(method, path, data=data, files=files, json=json) as response:
                return Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=_read_bounded(response, deadline),
                )
        except httpx2.HTTPError as error:
            raise Unreachable(str(error) or type(error).__name__) from error


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
    ) -> None:
        self._cloud = cloud
        self._spool = spool
        self._stop = stop
        self._dice = dice
        self._backoff = backoff
        self._without_key = without_key
        self._now = now
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
        if not self._spool.acknowledge(kept, accepted.sha256):
            reason = "the answer carries another picture's sha256"
            return self._hold(kept, TryLater(reason, blames_picture=True))
        log.info("Picture delivered", n=kept.sequence, record=accepted.record_id)
        return self._go_on()

    def _go_on(self) -> float:
        if self._told is not None:
            log.info("Uploads work again", waiting=self._spool.counts().waiting)
        self._failures, self._told = 0, None
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


def _timing_of(captured_at: str) -> str:
    sent = datetime.now(UTC).isoformat(timespec="milliseconds")
    return f'{{"captured":"{captured_at}","sent":"{sent}"}}'


def _read_bounded(response: httpx2.Response, deadline: float) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise Unreachable("the answer is larger than any of Visant's")
        if time.monotonic() > deadline:
            raise Unreachable("the answer took too long")
    return bytes(body)
