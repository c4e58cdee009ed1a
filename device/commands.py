"""Hearing the cloud's commands: one long stream, opened again whenever it ends or falls silent.

`Hearing` is what each message means; `Commands` is the thread that holds the stream open.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol

from device import log, wire
from device.backoff import Backoff
from device.client import Message, TurnedAway, Unreachable
from device.command_book import Command, CommandBook
from device.outputs import Wish
from device.server_time import ServerTime

ORDINARY: Final = Backoff(base=40.0, cap=60.0)
"""Far wider than for uploads: when the cloud restarts, every camera opens its stream again.

The first ceiling decides how many come in one second: with 40 it is less than a twentieth of them,
after any absence, and all are back within a minute. One camera alone waits 20 seconds on average;
the cloud keeps its commands meanwhile.
"""

WITHOUT_KEY: Final = Backoff(base=60.0, cap=300.0)
LONGEST_TEXT: Final = 200


class Streaming(Protocol):
    """What listening needs of the cloud."""

    def open_commands(
        self, last_event_id: str | None, *, silence: float
    ) -> AbstractContextManager[Iterator[Message]]:
        """The messages after that id; raises Unreachable, also after `silence` seconds of none."""
        ...


class Follower(Protocol):
    """What hearing needs of whoever keeps the configuration."""

    def follow(self, version: int) -> object:
        """The cloud works with this version; it is fetched where it is not in force yet."""
        ...

    def put_in_force(self, version: int, document: Mapping[str, object]) -> None: ...


class Hearing:
    """Writes each command down before it is obeyed, and never has one obeyed twice."""

    def __init__(
        self,
        book: CommandBook,
        following: Follower,
        *,
        ask: Callable[[Command], None],
        ring: Callable[[], None],
        server_time: ServerTime,
        output: Wish,
        stop: threading.Event,
        dice: random.Random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ask` hands a command to the camera; `ring` wakes whoever reports outcomes."""
        self._book = book
        self._following = following
        self._ask = ask
        self._ring = ring
        self._server_time = server_time
        self._output = output
        self._stop = stop
        self._dice = dice
        self._monotonic = monotonic
        self._ping_seconds = wire.PING_SECONDS
        self._failures = 0
        self._scheduled = False
        self._heard_at: float | None = None
        self._told: str | None = None
        self._left_undone = book.unfinished()
        self.last_event_id = book.last_event_id()

    @property
    def silence(self) -> float:
        """Seconds without a word after which the stream is dead."""
        return wire.SILENT_PINGS * self._ping_seconds

    def asks_by_schedule(self, interval: float) -> bool:
        """Whether the cloud's schedules ask, or did within the last `interval` seconds."""
        if not self._scheduled or self._heard_at is None:
            return False
        return self._monotonic() - self._heard_at < max(interval, self.silence)

    def heed(self, message: Message) -> None:
        """Do what one message says. Raises OSError when the disk takes no command."""
        self._heard_at = self._monotonic()
        self._output.hear()
        self._failures, self._told = 0, None
        match message.event:
            case wire.CommandEvent.CONNECTED:
                self._begin(message.data)
            case wire.CommandEvent.CAPTURE:
                self._receive(message)
            case wire.CommandEvent.CONFIG:
                self._reconfigure(message.data)
            case wire.CommandEvent.OUTPUT:
                self._output.hear(message.data.get("on"))
            case wire.CommandEvent.RELEASE:
                log.warn("This camera was released from its organization; the client ends here")
                self._stop.set()
            case wire.CommandEvent.PING:
                self._server_time.hear(message.data.get("server_time"))
        self._resume()
        self.last_event_id = message.id or self.last_event_id

    def lose(self, error: Exception | None) -> float:
        """The stream ended, well where there is no error; seconds to wait before the next."""
        self._failures += 1
        patience, retry_after = ORDINARY, None
        if isinstance(error, TurnedAway):
            retry_after = error.retry_after
            patience = WITHOUT_KEY if error.key_rejected else ORDINARY
        wait = patience.delay(self._failures, retry_after=retry_after, dice=self._dice)
        reason = str(error or "the cloud ended the stream")
        if reason != self._told:
            log.warn("No command stream; trying again", why=reason, retry_in=round(wait, 1))
        self._told = reason
        return wait

    def _begin(self, data: Mapping[str, object]) -> None:
        log.info("Connected; the cloud can ask for pictures")
        self._server_time.hear(data.get("server_time"))
        self._note_schedules(data)
        self._output.hear(data.get("output_on", False))
        pings = data.get("ping_seconds")
        if isinstance(pings, int | float) and pings > 0:
            self._ping_seconds = float(pings)
        version = data.get("config_version")
        if isinstance(version, int):
            self._following.follow(version)
        self._ring()

    def _resume(self) -> None:
        # Only by the cloud's time can it be told whether what an earlier run left has expired.
        if self._server_time.is_known:
            while self._left_undone:
                self._ask(self._left_undone.pop(0))

    def _receive(self, message: Message) -> None:
        command = read_command(message.data)
        if command is None:
            log.warn("A command that makes no sense was passed over", id=message.id)
            return
        if self._book.receive(command, message.id):
            log.info("The cloud asks for a picture", command=command.command_id, by=command.label)
            self._ask(command)
        self._ring()

    def _reconfigure(self, data: Mapping[str, object]) -> None:
        version, document = data.get("config_version"), data.get("config")
        self._note_schedules(data)
        if isinstance(version, int) and isinstance(document, dict):
            self._following.put_in_force(version, document)

    def _note_schedules(self, data: Mapping[str, object]) -> None:
        self._scheduled = data.get("scheduled", self._scheduled) is True


class Commands:
    """Listens until told to stop."""

    def __init__(self, cloud: Streaming, hearing: Hearing, *, stop: threading.Event) -> None:
        self._cloud = cloud
        self._hearing = hearing
        self._stop = stop
        self.has_word = threading.Event()
        """The stream has said something for the first time, or could not be opened."""

    def run(self) -> None:
        """Listen until told to stop."""
        while not self._stop.is_set():
            self._stop.wait(self.listen_once())

    def listen_once(self) -> float:
        """One connection from its beginning to its end; seconds to wait before the next."""
        hearing = self._hearing
        try:
            with self._cloud.open_commands(
                hearing.last_event_id, silence=hearing.silence
            ) as messages:
                for message in messages:
                    hearing.heed(message)
                    self.has_word.set()
                    if self._stop.is_set():
                        return 0.0
        except (Unreachable, OSError) as error:
            return hearing.lose(error)
        finally:
            self.has_word.set()
        return hearing.lose(None)


def read_command(data: Mapping[str, object]) -> Command | None:
    """The command that a message carries; None when it lacks what every command has."""
    command_id, trigger_id = data.get("command_id"), data.get("trigger_id")
    expires_at, kind = data.get("expires_at"), data.get("kind")
    if not (
        isinstance(command_id, str)
        and isinstance(trigger_id, str)
        and isinstance(expires_at, str)
        and isinstance(kind, str)
    ):
        return None
    label = data.get("label")
    word = label if isinstance(label, str) and label else kind
    return Command(command_id, trigger_id, word[:LONGEST_TEXT], expires_at)
