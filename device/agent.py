"""The camera at work: threads around one spool.

One takes pictures into the spool, two empty the spool towards the cloud, one says that the
camera is alive, one hears the cloud's commands, and one tells what became of them. They share
nothing but the spool, the configuration in force and the word to stop, so any of them may stumble
or wait without holding up the others.
"""

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

from device import log
from device.client import Cloud
from device.commands import Commands, Hearing
from device.config import Pins, Standing
from device.following import Following
from device.heartbeat import Heartbeat
from device.inputs import Minding, open_input
from device.key_watch import KeyWatch
from device.outputs import Signalling, Wish, open_output
from device.reporting import Reporting
from device.server_time import ServerTime
from device.settings import Settings
from device.sources.opening import open_source
from device.sources.source import Source
from device.spool import Spool
from device.supervisor import READY, STOPPING, Supervisor
from device.taking import Taking
from device.uplink import Lane, Settling, open_lanes
from version import __version__

LOOK_EVERY: Final = 0.5
LAST_WORDS_SECONDS: Final = 1.0
FIRST_WORD_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Crew:
    """The parts of a running camera, each the work of one thread."""

    taking: Taking
    lanes: list[Lane]
    heartbeat: Heartbeat
    reporting: Reporting
    commands: Commands
    minding: Minding | None
    signalling: Signalling | None


def run_agent(settings: Settings) -> int:
    """Run until SIGTERM, SIGINT, the camera's release or the source's end; the exit code.

    0 when all went well; 1 when the source ended and the cloud had refused a picture, or when a
    part of the client died, so that whoever supervises it starts it again. Raises SpoolError,
    SourceError or WireError when it cannot start.
    """
    stop = threading.Event()
    _stop_on_signals(stop)
    spool = Spool(
        settings.spool,
        activation_id=settings.identity.activation_id,
        cap_bytes=settings.spool_cap_bytes,
    )
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
        crew = _gather(settings, cloud, spool, source, stop)
        well = _work(crew, spool, stop)
    counts = spool.counts()
    refused = counts.refused - refused_before
    log.info("Visant device client ended", waiting=counts.waiting, refused=refused)
    return 0 if well and not (crew.taking.ended.is_set() and refused) else 1


def _gather(
    settings: Settings, cloud: Cloud, spool: Spool, source: Source, stop: threading.Event
) -> Crew:
    dice = random.Random()  # noqa: S311 - jitter, no secret
    standing = Standing(
        Pins(settings.interval, settings.width, settings.height, settings.quality, settings.warmup)
    )
    following = Following(cloud, spool, standing)
    key_watch = KeyWatch()
    cloud.on_answer = key_watch.hear
    server_time = ServerTime()
    wish = Wish()
    signalling = None
    if settings.output is not None:
        signalling = Signalling(open_output(settings.output), wants=wish.is_on, stop=stop)
    reporting = Reporting(cloud, spool, stop=stop, dice=dice)
    settling = Settling(spool, dice=dice, ring=reporting.bell.set)
    lanes = open_lanes(cloud, spool, settling, stop=stop)

    def ring() -> None:
        for lane in lanes:
            lane.bell.set()
        reporting.bell.set()

    taking = Taking(
        source,
        spool,
        standing,
        frames_limit=settings.frames_limit,
        stop=stop,
        ring=ring,
        server_time=server_time,
        rests=key_watch.rests,
    )
    heartbeat = Heartbeat(
        cloud,
        spool,
        standing,
        following,
        taking.eyesight,
        signalling,
        version=__version__,
        folder=settings.spool,
        stop=stop,
    )
    hearing = Hearing(
        spool.commands,
        following,
        ask=taking.ask,
        ring=reporting.bell.set,
        server_time=server_time,
        output=wish,
        stop=stop,
        dice=dice,
    )
    taking.stream = hearing
    minding = None
    if settings.input is not None:
        minding = Minding(open_input(settings.input), standing, ask=taking.ask, stop=stop)
    commands = Commands(cloud, hearing, stop=stop)
    return Crew(taking, lanes, heartbeat, reporting, commands, minding, signalling)


def _work(crew: Crew, spool: Spool, stop: threading.Event) -> bool:
    """Until told to stop, or all is taken and delivered; False when a thread died on the way."""
    senders = [_start(lane.run) for lane in crew.lanes]
    senders += [_start(crew.heartbeat.run), _start(crew.reporting.run)]
    others = [_start(crew.commands.run)]
    if crew.minding is not None:
        others.append(_start(crew.minding.run))
    if crew.signalling is not None:
        senders.append(_start(crew.signalling.run))
    _wait_for_first_words(crew, spool, stop)
    taker = _start(crew.taking.run)
    supervisor = Supervisor()
    supervisor.tell(READY)
    well = True
    while well and not stop.wait(LOOK_EVERY):
        if crew.taking.ended.is_set() and spool.counts().waiting == 0:
            break
        alive = taker.is_alive() or crew.taking.ended.is_set()
        well = alive and all(thread.is_alive() for thread in (*others, *senders))
        if not crew.taking.hangs:  # else the watchdog starts us anew, which frees the driver
            supervisor.tell_alive()
    stop.set()
    supervisor.tell(STOPPING)
    # The listener is left to its stream: it may hear nothing for a while, and holds nothing.
    _join((taker, *senders))
    return well


def _wait_for_first_words(crew: Crew, spool: Spool, stop: threading.Event) -> None:
    # The first picture waits a moment for the stream, which says whether the cloud's schedules ask,
    # and on a new spool for the privacy masks.
    awaited = [crew.commands.has_word]
    if spool.kept_config() is None:
        awaited.append(crew.heartbeat.has_beaten)
    deadline = time.monotonic() + FIRST_WORD_SECONDS
    while not all(word.is_set() for word in awaited) and time.monotonic() < deadline:
        if stop.wait(0.05):
            return


def _join(threads: tuple[threading.Thread, ...]) -> None:
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


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
