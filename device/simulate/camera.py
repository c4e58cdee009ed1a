"""One simulated camera: the rules of the real client, as tasks of an event loop."""

import asyncio
import random
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from device import wire
from device.age import RUNNING
from device.answers import Accepted, Refused, TryLater, judge_upload
from device.client import Unreachable
from device.command_book import Command, Report
from device.commands import Hearing
from device.config import Pins, Standing
from device.following import OK, Remembering
from device.heartbeat import Vitals, compose_heartbeat
from device.kept import Kept
from device.outputs import Wish
from device.reporting import ORDINARY, compose_ack, is_settled
from device.server_time import ServerTime
from device.simulate.diary import Connection, Diary
from device.simulate.link import Link
from device.simulate.pictures import Album
from device.simulate.plan import Plan, Run, Span
from device.spool import Asking, Spool
from device.taking import EXPIRED
from device.uplink import Settling

TIGHT_PICTURES: Final = 3


@dataclass(frozen=True)
class Body:
    """What of a camera outlives a power cut: its number, fate, link, diary and disk."""

    number: int
    run: Run
    plan: Plan
    link: Link
    diary: Diary
    folder: Path
    album: Album
    version: str
    elapsed: Callable[[], float]

    def open_spool(self) -> Spool:
        """The spool on the camera's disk."""
        if self.plan.is_tight:
            return Spool(self.folder, cap_bytes=TIGHT_PICTURES * self.album.largest_bytes)
        return Spool(self.folder)


async def live(body: Body) -> None:
    """Be a camera through every power cut, until cancelled."""
    for span in body.plan.powered:
        await asyncio.sleep(max(0.0, span.start - body.elapsed()))
        left = span.end - body.elapsed()
        with suppress(TimeoutError):
            async with asyncio.timeout(left if left < float("inf") else None):
                await _run(body, span)
        body.diary.cuts += 1


async def _run(body: Body, span: Span) -> None:
    """From one switching on until the power goes, or until all is cancelled."""
    spool = body.open_spool()
    camera = Camera(body, spool, span)
    try:
        async with asyncio.TaskGroup() as tasks:
            for work in (camera.take, camera.send, camera.beat, camera.listen, camera.report):
                tasks.create_task(work())
    finally:
        camera.look_back()
        spool.close()


class Camera:
    """One camera from its switching on to the loss of its power."""

    def __init__(self, body: Body, spool: Spool, span: Span) -> None:
        # Another start, other dice: else a cut would make the camera repeat its waiting times.
        dice = random.Random(f"{body.run.seed} waits {body.number} {span.start}")  # noqa: S311 - jitter
        self._body = body
        self._spool = spool
        self._span = span
        self._dice = dice
        self._diary = body.diary
        self._link = body.link
        self._standing = Standing(Pins(interval_seconds=body.run.interval))
        self._following = _Following(spool, self._standing)
        self._server_time = ServerTime()
        self._waiting = asyncio.Event()
        self._outcomes = asyncio.Event()
        self._released = threading.Event()
        self._settling = Settling(spool, dice=dice, ring=self._outcomes.set)
        self._hearing = Hearing(
            spool.commands,
            self._following,
            ask=self._obey,
            ring=self._outcomes.set,
            server_time=self._server_time,
            output=Wish(),
            stop=self._released,
            dice=dice,
        )

    async def take(self) -> None:
        """Take a picture at each moment of the plan while there is power, and no schedule asks."""
        for due in self._body.plan.due:
            if not self._span.holds(due):
                continue
            await asyncio.sleep(max(0.0, due - self._body.elapsed()))
            if not self._hearing.asks_by_schedule(self._body.run.interval):
                self._take(Asking(label=wire.INTERVAL_LABEL))

    async def send(self) -> None:
        """Empty the spool, one picture at a time."""
        while True:
            self._waiting.clear()
            waiting = self._spool.next_waiting()
            if waiting is None:
                await self._waiting.wait()
            else:
                await asyncio.sleep(await self._send(*waiting))

    async def beat(self) -> None:
        """Say how the camera is, and follow the configuration."""
        while True:
            wait = await self._beat_once()
            await asyncio.sleep(wait)

    async def listen(self) -> None:
        """Hold the command stream open, until the camera is released."""
        while not self._released.is_set():
            wait = await self._listen_once()
            await asyncio.sleep(wait)

    async def report(self) -> None:
        """Tell what became of commands, until it is heard."""
        failures = 0
        while True:
            self._outcomes.clear()
            if await self._report_all():
                failures = 0
                await self._outcomes.wait()
            else:
                failures += 1
                await asyncio.sleep(ORDINARY.delay(failures, retry_after=None, dice=self._dice))

    def look_back(self) -> None:
        """Take down what the spool has lost or was refused."""
        self._diary.note_lost(self._spool.gaps.untold())
        self._diary.refused |= {one.sequence: one.refusal or "" for one in self._spool.refused()}

    def _take(self, asking: Asking) -> None:
        number = len(self._diary.taken)
        picture = self._body.album.take(self._body.number, number, self._now())
        kept = self._spool.take(RUNNING.mark(picture), asking)
        self._diary.note_taken(kept, self._body.elapsed())
        self._diary.note_lost(self._spool.gaps.untold())
        self._waiting.set()

    def _obey(self, command: Command) -> None:
        self._diary.heard.setdefault(command.trigger_id, self._body.elapsed())
        if self._server_time.is_past(command.expires_at):
            self._spool.commands.fail(command.command_id, EXPIRED)
        else:
            self._take(Asking(command.trigger_id, command.label, command.command_id))

    async def _send(self, kept: Kept, content: bytes) -> float:
        try:
            answer = await self._link.upload(kept, content, self._now())
        except Unreachable as error:
            self._diary.count("no answer")
            return self._settling.wait_longer(TryLater(str(error)))
        outcome = judge_upload(answer, self._now())
        wait = self._settling.heed(kept, outcome)
        if isinstance(outcome, Accepted):
            taken = self._diary.taken[kept.sequence]
            self._diary.settled[kept.sequence] = self._body.elapsed() - taken.at
        elif isinstance(outcome, Refused):
            self.look_back()
        return wait

    async def _beat_once(self) -> float:
        vitals = Vitals(round(self._body.elapsed() - self._span.start, 1), None, None)
        gaps = self._spool.gaps.untold()
        self._diary.note_lost(gaps)
        named = gaps[: wire.MAX_GAPS]
        body = compose_heartbeat(
            self._body.version,
            vitals,
            self._spool.counts(),
            self._standing,
            gaps=named,
            spool_id=self._spool.id,
            now=self._now(),
        )
        try:
            answer = await self._link.ask("POST", wire.HEARTBEAT_PATH, body)
            version = answer.object().get("config_version")
            if answer.status == OK and isinstance(version, int):
                self._diary.beats += 1
                self._spool.gaps.note_told(named)
                await self._follow(version)
            else:
                self._diary.beats_failed += 1
        except Unreachable:
            self._diary.beats_failed += 1
        return self._standing.config.heartbeat.interval_seconds

    async def _listen_once(self) -> float:
        connected = False
        try:
            async with self._link.open_commands(
                self._hearing.last_event_id, silence=self._hearing.silence
            ) as messages:
                async for message in messages:
                    if message.event == wire.CommandEvent.CONNECTED:
                        connected = True
                        self._note_connection()
                    self._hearing.heed(message)
                    await self._follow(self._following.wanted)
                    if self._released.is_set():
                        return 0.0
        except Unreachable as error:
            return self._miss_stream(error, connected=connected)
        return self._miss_stream(None, connected=connected)

    def _note_connection(self) -> None:
        now = self._body.elapsed()
        missed = max(self._body.plan.could_connect_since(now), *self._diary.broken[-1:], 0.0)
        self._diary.connections.append(Connection(now, now - missed))

    def _miss_stream(self, error: Unreachable | None, *, connected: bool) -> float:
        if connected:
            self._diary.broken.append(self._body.elapsed())
        return self._hearing.lose(error)

    async def _follow(self, version: int) -> None:
        if version == self._standing.version:
            return
        answer = await self._link.ask("GET", wire.CONFIG_PATH)
        if answer.status == OK and (document := answer.object()):
            self._following.put_in_force(version, document)

    async def _report_all(self) -> bool:
        try:
            for report in self._spool.commands.unreported():
                if not await self._report(report):
                    return False
        except Unreachable:
            return False
        return True

    async def _report(self, report: Report) -> bool:
        path = wire.ACK_PATH.replace("{command_id}", report.command_id)
        answer = await self._link.ask("POST", path, compose_ack(report))
        if not is_settled(answer):
            return False
        self._spool.commands.note_told(report)
        self._diary.told[report.command_id] = report.status
        return True

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._body.plan.skew


class _Following(Remembering):
    """Notes which version the cloud names; the camera fetches it when it next can."""

    def __init__(self, spool: Spool, standing: Standing) -> None:
        super().__init__(spool, standing)
        self.wanted = standing.version

    def follow(self, version: int) -> None:
        self.wanted = version

    def put_in_force(self, version: int, document: Mapping[str, object]) -> None:
        super().put_in_force(version, document)
        self.wanted = version
