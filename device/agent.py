"""The camera at work: three threads around one spool.

One takes pictures into the spool, one empties the spool towards the cloud, one says that the
camera is alive. They share nothing but the spool, the configuration in force and the word to stop,
so any of them may stumble or wait without holding up the others.
"""

import random
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from device import log, wire
from device.config import Pins, Standing
from device.heartbeat import Heartbeat
from device.interval import next_due
from device.settings import Settings
from device.sources.opening import open_source
from device.sources.source import Source, SourceError
from device.spool import Asking, Spool
from device.uplink import Cloud, Lane
from version import __version__

LOOK_EVERY: Final = 0.5
LAST_WORDS_SECONDS: Final = 1.0


class Taking:
    """Takes pictures when they are due and puts them into the spool."""

    def __init__(
        self,
        source: Source,
        spool: Spool,
        standing: Standing,
        *,
        frames_limit: int | None,
        stop: threading.Event,
        ring: Callable[[], None],
    ) -> None:
        self._source = source
        self._spool = spool
        self._standing = standing
        self._left = frames_limit
        self._stop = stop
        self._ring = ring
        self.ended = threading.Event()

    def run(self) -> None:
        """Take pictures until told to stop, or until there are no more to take."""
        due = time.monotonic()
        while not self._stop.is_set() and not self.ended.is_set():
            due = self._wait_until(due)
            if not self._stop.is_set() and self._standing.config.trigger.enabled:
                self.take_one(Asking(label=wire.INTERVAL_LABEL))
            interval = self._standing.config.trigger.interval_seconds
            due = next_due(due, interval, time.monotonic())

    def take_one(self, asking: Asking) -> None:
        """One picture into the spool; what goes wrong is told and the camera goes on."""
        try:
            picture = self._source.read(self._standing.config.capture)
            if picture is None:
                self.ended.set()
                return
            kept = self._spool.take(picture, asking)
        except SourceError as error:
            log.warn("No picture", why=error)
            return
        except OSError as error:
            log.warn("A picture could not be kept on this disk", why=error)
            return
        log.info("Picture taken", n=kept.sequence, bytes=kept.entry.bytes)
        self._ring()
        self._count_down()

    def _count_down(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.ended.set()

    def _wait_until(self, due: float) -> float:
        # Looks again at short steps, so that a shorter interval from the cloud holds at once.
        while not self._stop.is_set():
            now = time.monotonic()
            due = min(due, now + self._standing.config.trigger.interval_seconds)
            if now >= due:
                break
            self._stop.wait(min(due - now, LOOK_EVERY))
        return due


def run_agent(settings: Settings) -> int:
    """Run until SIGTERM, SIGINT or the source's end; the exit code.

    0 when all went well; 1 when the source ended and the cloud had refused a picture, or when a
    part of the client died, so that whoever supervises it starts it again. Raises SpoolError or
    SourceError when it cannot start.
    """
    stop = threading.Event()
    _stop_on_signals(stop)
    pins = Pins(settings.interval, settings.width, settings.height, settings.quality)
    standing = Standing(pins)
    spool = Spool(settings.spool, cap_bytes=settings.spool_cap_bytes)
    source = open_source(settings)
    refused_before = spool.counts().refused
    log.info(
        "Visant device client started",
        version=__version__,
        device=settings.identity.device_id,
        cloud=settings.identity.url,
        waiting=spool.counts().waiting,
    )
    with Cloud(settings.identity, version=__version__) as cloud:
        lane = Lane(cloud, spool, stop=stop, dice=random.Random())  # noqa: S311 - jitter, no secret
        taking = Taking(
            source,
            spool,
            standing,
            frames_limit=settings.frames_limit,
            stop=stop,
            ring=lane.bell.set,
        )
        heartbeat = Heartbeat(
            cloud, spool, standing, version=__version__, folder=settings.spool, stop=stop
        )
        well = _watch(taking, [_start(work) for work in (lane.run, heartbeat.run)], spool, stop)
    counts = spool.counts()
    refused = counts.refused - refused_before
    log.info("Visant device client ended", waiting=counts.waiting, refused=refused)
    return 0 if well and not (taking.ended.is_set() and refused) else 1


def _watch(
    taking: Taking, senders: list[threading.Thread], spool: Spool, stop: threading.Event
) -> bool:
    """Until told to stop, or all is taken and delivered; False when a thread died on the way."""
    taker = _start(taking.run)
    well = True
    while well and not stop.wait(LOOK_EVERY):
        if taking.ended.is_set() and spool.counts().waiting == 0:
            break
        alive = taker.is_alive() or taking.ended.is_set()
        well = alive and all(sender.is_alive() for sender in senders)
    stop.set()
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    for thread in (taker, *senders):
        thread.join(max(0.0, deadline - time.monotonic()))
    return well


def _start(work: Callable[[], None]) -> threading.Thread:
    # Daemon threads: a camera that hangs in its driver must not keep the process from ending.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _stop_on_signals(stop: threading.Event) -> None:
    def obey(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, obey)
    signal.signal(signal.SIGINT, obey)
