"""Taking pictures: by the camera's own interval, and when somebody asks for one."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from device import log, wire
from device.age import RUNNING
from device.command_book import Command
from device.complaint import Complaint
from device.config import Standing
from device.eyesight import Eyesight
from device.interval import next_due
from device.masking import mask_picture
from device.picture import Picture
from device.server_time import ServerTime
from device.sources.source import Source, SourceError, SourceHung
from device.spool import Asking, Spool

LOOK_EVERY: Final = 0.5
EXPIRED: Final = "expired before the camera could take the picture"
NO_MORE: Final = "the source has no more pictures"


class StreamState(Protocol):
    """What the taker asks of the command stream."""

    def asks_by_schedule(self, interval: float) -> bool:
        """Whether the cloud's schedules ask, or did within the last `interval` seconds."""
        ...


class Taking:
    """Takes pictures when they are due or asked for, and puts them into the spool."""

    def __init__(
        self,
        source: Source,
        spool: Spool,
        standing: Standing,
        *,
        frames_limit: int | None,
        stop: threading.Event,
        ring: Callable[[], None],
        server_time: ServerTime,
        rests: Callable[[], bool] = lambda: False,
    ) -> None:
        """`ring` is called after each picture or outcome, for those who send.

        While `rests` says so, no picture is taken that the cloud did not ask for.
        """
        self._source = source
        self._spool = spool
        self._standing = standing
        self._left = frames_limit
        self._stop = stop
        self._ring = ring
        self._server_time = server_time
        self._rests = rests
        self._commands: queue.Queue[Command] = queue.Queue()
        self._inputs: queue.Queue[Asking] = queue.Queue(maxsize=1)
        self._wake = threading.Event()
        self.stream: StreamState | None = None
        self._complaint = Complaint("No picture", "There are pictures again")
        self.eyesight = Eyesight()
        self.ended = threading.Event()
        self.hangs = False

    def ask(self, asked: Command | Asking) -> None:
        """Have a picture taken as soon as the camera is free. From any thread.

        Each command gets its own; an input that closes while one waits means that same moment.
        """
        if isinstance(asked, Command):
            self._commands.put(asked)
        else:
            with suppress(queue.Full):
                self._inputs.put_nowait(asked)
        self._wake.set()

    def run(self) -> None:
        """Take pictures until told to stop, or until there are no more to take."""
        due = time.monotonic()
        while not self._is_over():
            due = self._wait_until(due)
            self._take_asked()
            if self._is_over() or time.monotonic() < due:
                continue
            interval = self._standing.config.trigger.interval_seconds
            if self._takes_by_itself(interval):
                self.take_one(Asking(label=wire.INTERVAL_LABEL))
            due = next_due(due, interval, time.monotonic())

    def take_one(self, asking: Asking) -> str | None:
        """One picture into the spool; None, or why there is none. The camera goes on either way."""
        trouble = self._take(asking)
        if trouble is None:
            self._complaint.end()
        elif not self.ended.is_set():
            self._complaint.say(trouble)
        return trouble

    def _take(self, asking: Asking) -> str | None:
        try:
            picture = self._read()
            if picture is None:
                self.ended.set()
                return NO_MORE
            kept = self._spool.take(picture, asking)
            self.eyesight.saw(picture)
        except SourceError as error:
            self.hangs = isinstance(error, SourceHung)
            self.eyesight.failed(str(error))
            return str(error)
        except OSError as error:
            trouble = f"it could not be kept on this disk: {error}"
            self.eyesight.failed(trouble)
            return trouble
        except Exception as error:  # noqa: BLE001 - one strange picture must not end the camera
            reason = f"The client stumbled: {type(error).__name__}: {error}"
            self._complaint.say(reason, at=log.place_of(error))
            self.eyesight.failed(reason)
            return reason
        log.info("Picture taken", n=kept.sequence, bytes=kept.entry.bytes, by=asking.label)
        self._ring()
        self._count_down()
        return None

    def _read(self) -> Picture | None:
        picture = self._source.read(self._standing.config.capture)
        if picture is None:
            return None
        self.hangs = False
        config = self._standing.config
        marked = RUNNING.mark(picture)
        return mask_picture(marked, config.privacy.masks, quality=config.capture.quality)

    def _take_asked(self) -> None:
        self._wake.clear()
        while not self._is_over():
            if not self._inputs.empty():
                asked = self._inputs.get()
                if not self._rests():
                    self.take_one(asked)
            elif not self._commands.empty():
                self._obey(self._commands.get())
            else:
                return

    def _obey(self, command: Command) -> None:
        if self._server_time.is_past(command.expires_at):
            trouble: str | None = EXPIRED
        else:
            trouble = self.take_one(Asking(command.trigger_id, command.label, command.command_id))
        if trouble is not None:
            self._report(command, trouble)

    def _report(self, command: Command, trouble: str) -> None:
        try:
            self._spool.commands.fail(command.command_id, trouble)
        except OSError as error:
            log.warn("A command's outcome could not be written down", why=error)
        self._ring()

    def _takes_by_itself(self, interval: float) -> bool:
        if self._rests() or not self._standing.config.trigger.enabled:
            return False
        return self.stream is None or not self.stream.asks_by_schedule(interval)

    def _is_over(self) -> bool:
        return self._stop.is_set() or self.ended.is_set()

    def _count_down(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.ended.set()

    def _wait_until(self, due: float) -> float:
        # Looks again at short steps, so that a shorter interval from the cloud holds at once.
        while not self._stop.is_set() and not self._wake.is_set():
            now = time.monotonic()
            due = min(due, now + self._standing.config.trigger.interval_seconds)
            if now >= due:
                break
            self._wake.wait(min(due - now, LOOK_EVERY))
        return due
