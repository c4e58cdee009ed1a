"""Running a fleet: all cameras in one event loop, then a while of peace, then the books."""

import asyncio
import logging
import random
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from device import log
from device.client import OK, Unreachable
from device.flags import SettingsError
from device.identity import Identity
from device.simulate.books import Books, Document, close_books
from device.simulate.camera import Body, live
from device.simulate.diary import Diary
from device.simulate.keys import add_key, read_keys
from device.simulate.link import Link
from device.simulate.operator import Operator, OperatorError
from device.simulate.pictures import Album
from device.simulate.plan import plan_camera
from device.simulate.settings import FleetSettings
from version import __version__

LOOK_EVERY: Final = 0.2
ASK_EVERY: Final = 2.0
"""How often the cloud is asked for what it has not judged yet: asking is work for it, too."""
ASKED_AT_ONCE: Final = 16
NOT_FOUND: Final = 404
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where there is one; a folder of our own within


@dataclass(frozen=True)
class Asking:
    """A picture that the operator asked for. `at` is when, `camera` the place in the fleet."""

    trigger_id: str
    camera: int
    at: float
    connected: bool


@dataclass
class Fleet:
    """The cameras and what is known of them. Seconds count from `started`, on the loop's clock."""

    settings: FleetSettings
    identities: Sequence[Identity]
    started: float
    bodies: list[Body] = field(default_factory=list)
    askings: list[Asking] = field(default_factory=list)
    askings_refused: int = 0

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self.started

    def unheard(self) -> list[Asking]:
        """What cameras that listened were asked for, and never heard."""
        return [
            one
            for one in self.askings
            if one.connected and one.trigger_id not in self.bodies[one.camera].diary.heard
        ]


@dataclass(frozen=True)
class Outcome:
    """A run that is over: its books, and what happened to whom."""

    books: Books
    diaries: Sequence[Diary]
    captures: Sequence[Document]
    askings: Sequence[Asking]
    askings_refused: int
    started: float
    seconds: float


@dataclass(frozen=True)
class Arranged:
    """What a run needs and what takes a while: the keys, and the pictures, which are drawn."""

    settings: FleetSettings
    identities: Sequence[Identity]
    album: Album


async def arrange_fleet(settings: FleetSettings) -> Arranged:
    """Raises SettingsError where keys are missing, OperatorError where they could not be had."""
    identities = await gather_keys(settings)
    return Arranged(settings, identities, Album(settings.run.seed))


async def run_fleet(arranged: Arranged) -> Outcome:
    """Run it and close the books. The clock of the plans starts now."""
    # The simulated cameras' own words would drown everything; what they met is in the table.
    log.LOGGER.setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(
        prefix="visant-fleet-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None
    ) as folder:
        started = asyncio.get_running_loop().time()
        fleet = Fleet(arranged.settings, arranged.identities, started)
        fleet.bodies += _make_bodies(fleet, Path(folder), arranged.album)
        cameras = [asyncio.create_task(live(body)) for body in fleet.bodies]
        try:
            captures = await _until_settled(fleet, cameras)
        finally:
            await _end(cameras)
            await asyncio.gather(*(body.link.close() for body in fleet.bodies))
    return _look_back(fleet, captures)


async def gather_keys(settings: FleetSettings) -> Sequence[Identity]:
    """As many cameras as are asked for; an operator makes those that the file lacks.

    Raises SettingsError where nobody can make them, OperatorError where the server refuses.
    """
    known = read_keys(settings.keys, settings.url)
    lacking = settings.devices - len(known)
    if lacking <= 0:
        return known[: settings.devices]
    if settings.credentials is None:
        raise SettingsError(
            f"--keys {settings.keys} holds {len(known)} keys, and --devices asks for "
            f"{settings.devices}. An operator can make the others: set VISANT_OPERATOR_EMAIL and "
            "VISANT_OPERATOR_PASSWORD."
        )
    log.info("Activating cameras, as fast as the server allows", count=lacking)
    async with Operator(settings.url, settings.credentials) as operator:
        async for identity in operator.add_cameras(lacking):
            add_key(settings.keys, identity)
            known.append(identity)
    return known


def _make_bodies(fleet: Fleet, folder: Path, album: Album) -> list[Body]:
    trust, run = ssl.create_default_context(), fleet.settings.run
    bodies = []
    for number, identity in enumerate(fleet.identities):
        plan, diary = plan_camera(run, number), Diary()
        link = Link(
            identity,
            number,
            run,
            plan,
            diary,
            version=__version__,
            trust=trust,
            elapsed=fleet.elapsed,
        )
        spool = folder / str(number)
        bodies.append(
            Body(number, run, plan, link, diary, spool, album, __version__, fleet.elapsed)
        )
    return bodies


async def _until_settled(
    fleet: Fleet, cameras: Sequence[asyncio.Task[None]]
) -> dict[str, Document | None]:
    """Let the run go by, and peace after it; what the cloud has of each record by then."""
    asking = asyncio.create_task(_ask_for_pictures(fleet))
    try:
        await _watch(cameras, fleet.settings.run.seconds - fleet.elapsed())
    finally:
        await _end([asking])
    deadline = fleet.elapsed() + fleet.settings.patience
    while fleet.elapsed() < deadline and not _is_settled(fleet):
        await _watch(cameras, LOOK_EVERY)
    captures: dict[str, Document | None] = {}
    while True:
        await _fetch_captures(fleet, captures)
        if fleet.elapsed() >= deadline or _are_judged(fleet, captures):
            return captures
        await _watch(cameras, ASK_EVERY)


async def _watch(cameras: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Wait, unless a camera stumbles over an error of ours: then that is raised."""
    done, _ = await asyncio.wait(
        cameras, timeout=max(0.0, seconds), return_when=asyncio.FIRST_EXCEPTION
    )
    for camera in done:
        camera.result()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_settled(fleet: Fleet) -> bool:
    return not fleet.unheard() and all(body.diary.is_settled for body in fleet.bodies)


async def _ask_for_pictures(fleet: Fleet) -> None:
    """Ask one camera after the other, as the dice have it, until cancelled."""
    settings = fleet.settings
    if not settings.asks or settings.credentials is None:
        return
    dice = random.Random(f"{settings.run.seed} asks")  # noqa: S311 - repeatable, no secret
    async with Operator(settings.url, settings.credentials) as operator:
        while True:
            await asyncio.sleep(60 / settings.asks)
            camera, at = dice.randrange(len(fleet.bodies)), fleet.elapsed()
            try:
                asked = await operator.ask(fleet.identities[camera].device_id)
            except OperatorError:
                fleet.askings_refused += 1
            else:
                fleet.askings.append(Asking(asked.trigger_id, camera, at, asked.connected))


async def _fetch_captures(fleet: Fleet, captures: dict[str, Document | None]) -> None:
    """Ask for what is not known to have come to its end, each by its own camera's key."""
    gate = asyncio.Semaphore(ASKED_AT_ONCE)

    async def fetch(link: Link, record_id: str) -> None:
        async with gate:
            try:
                answer = await link.ask("GET", f"/v1/captures/{record_id}")
            except Unreachable:
                return
        if answer.status == OK:
            captures[record_id] = answer.object()
        elif answer.status == NOT_FOUND:
            captures[record_id] = None

    await asyncio.gather(
        *(
            fetch(body.link, record_id)
            for body in fleet.bodies
            for named in body.diary.records.values()
            for record_id in named
            if not _has_ended(captures.get(record_id))
        )
    )


def _are_judged(fleet: Fleet, captures: dict[str, Document | None]) -> bool:
    """Whether nothing can change any more; what the cloud does not have will not come either."""
    named = {
        record_id
        for body in fleet.bodies
        for records in body.diary.records.values()
        for record_id in records
    }
    return named <= captures.keys() and all(
        capture is None or _has_ended(capture) for capture in captures.values()
    )


def _has_ended(capture: Document | None) -> bool:
    return capture is not None and capture.get("evaluation_status") in {"completed", "failed"}


def _look_back(fleet: Fleet, captures: dict[str, Document | None]) -> Outcome:
    diaries = [body.diary for body in fleet.bodies]
    ids = [identity.device_id for identity in fleet.identities]
    unheard = [one.trigger_id for one in fleet.unheard()]
    return Outcome(
        books=close_books(zip(ids, diaries, strict=True), captures, unheard),
        diaries=diaries,
        captures=[capture for capture in captures.values() if capture is not None],
        askings=fleet.askings,
        askings_refused=fleet.askings_refused,
        started=fleet.started,
        seconds=fleet.elapsed(),
    )
