"""A camera made of the device client's own parts, which never waits as long as they say.

After a lost stream the client waits 20 seconds on average, so that a fleet comes back spread out; a
bench that breaks one after the other would mostly measure that.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from device.client import Cloud, Message
from device.command_book import Command
from device.commands import Commands, Hearing
from device.config import Pins, Standing
from device.following import Following
from device.outputs import Wish
from device.picture import Picture
from device.reporting import Reporting
from device.server_time import ServerTime
from device.simulate.pictures import add_comment
from device.spool import Spool
from device.taking import Taking
from device.uplink import Settling, open_lanes
from device.wire import CaptureConfig, CommandEvent

LONGEST_WAIT_SECONDS = 0.25
BY_ITSELF_SECONDS = 3600.0


class Still:
    """A source whose pictures look alike, and are all different."""

    def __init__(self, jpeg: bytes) -> None:
        self._jpeg = jpeg
        self._numbers = count()

    def read(self, capture: CaptureConfig) -> Picture:  # noqa: ARG002  # the size is the still's
        content = add_comment(self._jpeg, f"picture {next(self._numbers)}")
        return Picture(content, datetime.now(UTC))


class HurriedCamera:
    """Listens, takes, sends and reports in threads, until it is told to stop."""

    def __init__(self, cloud: Cloud, folder: Path, jpeg: bytes, *, seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311  # repeatable, no secret
        self.connected = threading.Event()
        """Its stream has stood once."""
        self.connected_at: float | None = None
        """Since when the stream stands, by `time.time()`; None where there is none."""
        self.heard: dict[str, tuple[float, float | None]] = {}
        """By trigger: when its command was first heard, and since when the stream stood then."""
        self._stop = threading.Event()
        self._spool = Spool(folder)
        self._cloud = cloud
        standing, server_time = Standing(Pins(BY_ITSELF_SECONDS)), ServerTime()
        reporting = Reporting(self._cloud, self._spool, stop=self._stop, dice=dice)
        settling = Settling(self._spool, dice=dice, ring=reporting.bell.set)
        lanes = open_lanes(self._cloud, self._spool, settling, stop=self._stop)

        def ring() -> None:
            for lane in lanes:
                lane.bell.set()
            reporting.bell.set()

        self._taking = Taking(
            Still(jpeg),
            self._spool,
            standing,
            frames_limit=None,
            stop=self._stop,
            ring=ring,
            server_time=server_time,
        )
        hearing = Hearing(
            self._spool.commands,
            Following(self._cloud, self._spool, standing),
            ask=self._ask,
            ring=reporting.bell.set,
            server_time=server_time,
            output=Wish(),
            stop=self._stop,
            dice=dice,
        )
        commands = Commands(self, hearing, stop=self._stop)
        self._threads = [
            threading.Thread(target=self._taking.run),
            threading.Thread(target=self._repeat, args=(commands.listen_once, None)),
            threading.Thread(target=self._repeat, args=(reporting.report_all, reporting.bell)),
            *(
                threading.Thread(target=self._repeat, args=(lane.send_next, lane.bell))
                for lane in lanes
            ),
        ]
        for thread in self._threads:
            thread.start()

    @contextmanager
    def open_commands(
        self, last_event_id: str | None, *, silence: float
    ) -> Iterator[Iterator[Message]]:
        """The client's stream, of which is noted when it stands."""
        try:
            with self._cloud.open_commands(last_event_id, silence=silence) as messages:
                yield self._note(messages)
        finally:
            self.connected_at = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to take, to send or to report."""
        book = self._spool.commands
        return not (self._spool.counts().waiting or book.unfinished() or book.unreported())

    def stop(self) -> None:
        """Its way to the cloud must be closed, else its stream is waited for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._spool.close()

    def _note(self, messages: Iterator[Message]) -> Iterator[Message]:
        for message in messages:
            if message.event == CommandEvent.CONNECTED:
                self.connected_at = time.time()
                self.connected.set()
            yield message

    def _ask(self, command: Command) -> None:
        self.heard.setdefault(command.trigger_id, (time.time(), self.connected_at))
        self._taking.ask(command)

    def _repeat(self, work: Callable[[], float | None], bell: threading.Event | None) -> None:
        while not self._stop.is_set():
            wait = work()
            if wait is None and bell is not None:
                bell.wait(LONGEST_WAIT_SECONDS)
                bell.clear()
            else:
                self._stop.wait(min(wait or 0.0, LONGEST_WAIT_SECONDS))
