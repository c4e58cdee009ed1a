"""The open command streams of this process: what cameras hear, as it happens.

A stream holds no database connection and no timer. When its camera's bell rings it looks once at
what is new: a release, another configuration, the digital output, commands. One ticker serves all
streams: it gives them their pings, ends those whose key has ended, and keeps the list of who
listens. A camera has one stream: a newer one takes the place of the one before, which may be dead
without our knowing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from cloud.devices.access import CallingDevice, device_key_invalid
from cloud.devices.commands import COMMANDS_TOPIC, send_waiting
from cloud.devices.configuring import config_for_camera
from cloud.devices.models import CommandStream, Device, DeviceKey
from cloud.devices.output import output_of
from cloud.devices.queries import lock_device
from cloud.kit.bells import Bells
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.errors import Unavailable
from cloud.kit.hub import Reader, ReaderClosed
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings
from device.wire import SILENT_PINGS, CommandEvent

CHECK_EVERY_SECONDS = 3.0
"""A key that has ended is noticed within this time."""

PINGS_BETWEEN_LOOKS = 4
"""A bell may be missed, so every camera's rows are looked at now and then."""

UNREAD_AT_MOST = 16
"""News that one stream may be behind before it is let go; most of it are pings."""

LOOKS_AT_ONCE = 4
RETRY_SECONDS = 2.0


class News(Enum):
    """What a stream is to do next."""

    LOOK = auto()
    PING = auto()
    END = auto()
    """The key has ended: say so if it was by release, and stop."""


@dataclass(frozen=True)
class Message:
    """One message, whatever carries it. `id` is the number of the newest command told so far."""

    event: CommandEvent
    id: int
    data: dict[str, Any]


@dataclass(frozen=True)
class Listening:
    """Who listens: the device, by which key, what it has seen, and what it runs."""

    device: CallingDevice
    key_hash: bytes
    after: int | None = None
    device_version: str | None = None


@dataclass(eq=False, slots=True)
class _Stream:
    who: Listening
    reader: Reader[News] = field(default_factory=lambda: Reader(UNREAD_AT_MOST))
    told: int = 0
    config_version: int = 0
    output_on: bool = False


class CommandStreams:
    """All cameras that listen to this process."""

    def __init__(self, database: Database, bells: Bells, settings: Settings) -> None:
        self._database = database
        self._bells = bells
        self._settings = settings
        self._process_id = new_id()
        self._streams: dict[UUID, _Stream] = {}
        self._gone: set[UUID] = set()
        self._looking = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._closed = False

    async def run(self) -> None:
        """Hear bells and tick until cancelled."""
        clock = asyncio.get_running_loop()
        ping_every = self._settings.sse_ping_seconds
        ping_at, check_at, pings = clock.time() + ping_every, clock.time(), 0
        async with self._bells.heard(COMMANDS_TOPIC, self._hear):
            while True:
                if clock.time() >= ping_at:
                    ping_at, pings = clock.time() + ping_every, pings + 1
                    self._offer_all(News.PING)
                    if pings % PINGS_BETWEEN_LOOKS == 0:
                        self._offer_all(News.LOOK)
                if clock.time() >= check_at:
                    check_at = clock.time() + CHECK_EVERY_SECONDS
                    await self._check()
                await asyncio.sleep(max(0, min(ping_at, check_at) - clock.time()))

    def close(self) -> None:
        """End all streams, now and from now on: the process is stopping."""
        self._closed = True
        for stream in self._streams.values():
            stream.reader.close()

    def count(self) -> int:
        return len(self._streams)

    async def messages(self, who: Listening) -> AsyncIterator[Message]:
        """One camera's stream, until it leaves, is released, loses its key or is replaced."""
        stream = _Stream(who)
        self._take_place(stream)
        try:
            yield await self._connect(stream)
            stream.reader.offer(News.LOOK)
            while True:
                news = await stream.reader.next()
                if news is News.PING:
                    yield self._message(stream, CommandEvent.PING, {"server_time": utc_now()})
                    continue
                for message in await self._look(stream):
                    yield message
                    if message.event is CommandEvent.RELEASE:
                        return
                if news is News.END:
                    return
        except ReaderClosed:
            return
        finally:
            self._leave(stream)

    def _take_place(self, stream: _Stream) -> None:
        device_id = stream.who.device.device_id
        before = self._streams.get(device_id)
        if before is not None:
            before.reader.close()
        self._streams[device_id] = stream
        self._gone.discard(device_id)
        if self._closed:
            stream.reader.close()

    def _leave(self, stream: _Stream) -> None:
        device_id = stream.who.device.device_id
        if self._streams.get(device_id) is stream:
            del self._streams[device_id]
            self._gone.add(device_id)

    async def _connect(self, stream: _Stream) -> Message:
        """Take down that the device listens. Raises Unauthenticated once it is released."""
        who = stream.who
        async with self._looking, self._database.work_for(who.device.organization_id) as work:
            device = await lock_device(work, who.device.device_id)
            if device is None:
                raise device_key_invalid()
            device.last_ip = who.device.address
            device.device_version = who.device_version or device.device_version
            await work.execute(self._alive([device.id]))
        stream.config_version = device.config_version
        stream.output_on = output_of(device)
        stream.told = who.after if who.after and who.after <= device.command_seq else 0
        return self._message(
            stream,
            CommandEvent.CONNECTED,
            {
                "device_id": device.unit_id,
                "server_time": utc_now(),
                "config_version": device.config_version,
                "output_on": stream.output_on,
                "ping_seconds": self._settings.sse_ping_seconds,
            },
        )

    async def _look(self, stream: _Stream) -> list[Message]:
        """What is new for a stream. While the database is away it is looked at again later."""
        try:
            return await self._read(stream)
        except Unavailable:
            asyncio.get_running_loop().call_later(RETRY_SECONDS, stream.reader.offer, News.LOOK)
            return []

    async def _read(self, stream: _Stream) -> list[Message]:
        calling, found = stream.who.device, []
        async with self._looking, self._database.work_for(calling.organization_id) as work:
            device = await work.scalar(
                select(Device).where(
                    Device.organization_id == work.organization_id, Device.id == calling.device_id
                )
            )
            if device is None or device.released_at is not None:
                return [self._message(stream, CommandEvent.RELEASE, {})]
            commands = await send_waiting(work, calling.device_id, stream.told)
        if device.config_version != stream.config_version:
            found.append(self._config(stream, device))
        if output_of(device) != stream.output_on:
            stream.output_on = not stream.output_on
            found.append(self._message(stream, CommandEvent.OUTPUT, {"on": stream.output_on}))
        for command in commands:
            stream.told = command.seq
            data = {
                "command_id": command.id,
                "trigger_id": command.trigger_id,
                "kind": command.kind,
                "label": command.label,
                "expires_at": command.expires_at,
            }
            found.append(self._message(stream, CommandEvent.CAPTURE, data))
        return found

    def _config(self, stream: _Stream, device: Device) -> Message:
        stream.config_version = device.config_version
        document = config_for_camera(device, self._settings).model_dump(mode="json")
        data = {"config_version": device.config_version, "config": document}
        return self._message(stream, CommandEvent.CONFIG, data)

    def _message(self, stream: _Stream, event: CommandEvent, data: dict[str, Any]) -> Message:
        return Message(event, stream.told, data)

    def _hear(self, key: str) -> None:
        if not key:  # bells were missed: everybody looks
            self._offer_all(News.LOOK)
        elif (stream := self._streams.get(UUID(key))) is not None:
            stream.reader.offer(News.LOOK)

    def _offer_all(self, news: News) -> None:
        for stream in tuple(self._streams.values()):
            stream.reader.offer(news)

    async def _check(self) -> None:
        """End the streams whose keys have ended; say which devices listen here."""
        try:
            await self._end_dead_keys()
            await self._say_who_listens()
        except Unavailable:
            return

    async def _end_dead_keys(self) -> None:
        listening = tuple(self._streams.values())
        if not listening:
            return
        rows = await self._database.ask(
            select(DeviceKey.key_hash).where(
                DeviceKey.key_hash.in_([stream.who.key_hash for stream in listening]),
                or_(DeviceKey.expires_at.is_(None), DeviceKey.expires_at > func.clock_timestamp()),
            )
        )
        alive = {bytes(row.key_hash) for row in rows}
        for stream in listening:
            if stream.who.key_hash not in alive:
                stream.reader.offer(News.END)

    async def _say_who_listens(self) -> None:
        gone, self._gone = self._gone, set()
        async with self._database.work() as work:
            if gone:
                await work.execute(
                    delete(CommandStream).where(
                        CommandStream.process_id == self._process_id,
                        CommandStream.device_id.in_(gone),
                    )
                )
            await work.execute(
                delete(CommandStream).where(CommandStream.alive_until < func.clock_timestamp())
            )
            if self._streams:
                await work.execute(self._alive(sorted(self._streams)))

    def _alive(self, device_ids: list[UUID]) -> Any:
        until = utc_now() + timedelta(
            seconds=SILENT_PINGS * (self._settings.sse_ping_seconds + CHECK_EVERY_SECONDS)
        )
        values = [
            {"device_id": each, "process_id": self._process_id, "alive_until": until}
            for each in device_ids
        ]
        return (
            insert(CommandStream)
            .values(values)
            .on_conflict_do_update(
                index_elements=[CommandStream.device_id, CommandStream.process_id],
                set_={"alive_until": until},
            )
        )
