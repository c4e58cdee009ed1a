"""The open command streams of this process: what cameras hear, as it happens.

A stream holds no database connection and no timer. When its camera's bell rings it looks once at
what is new: a release, another configuration, the digital output, commands. One ticker serves all
streams: it gives them their pings, ends those whose key has ended, and keeps the list of who
listens. A camera has one stream: a newer one takes the place of the one before, which may be dead
without our knowing.
"""

import asyncio
from collections import defaultdict
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, func, select, text

from cloud.accounts.models import Organization
from cloud.devices.access import device_key_invalid
from cloud.devices.command_stream import Listening, News, OpenStream
from cloud.devices.commands import COMMANDS_TOPIC, send_waiting
from cloud.devices.configuring import config_for_camera, is_asked_by_schedule
from cloud.devices.models import Device
from cloud.devices.output import output_of
from cloud.devices.queries import get_organization, lock_device
from cloud.devices.roll import Roll
from cloud.kit.bells import Bells, wait_for
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.errors import Unavailable
from cloud.kit.messages import Message
from cloud.kit.settings import Settings
from device.wire import CommandEvent

CHECK_EVERY_SECONDS = 3.0
"""A key that has ended is noticed within this time; as often the process says that it lives."""

LOOK_EVERY_SECONDS = 30.0
"""A bell may be missed, so everybody's rows are looked at now and then."""

LOOKS_AT_ONCE = 4
RETRY_SECONDS = 2.0


class CommandStreams:
    """All cameras that listen to this process."""

    def __init__(self, database: Database, bells: Bells, settings: Settings) -> None:
        self._database = database
        self._bells = bells
        self._settings = settings
        self._streams: dict[UUID, OpenStream] = {}
        self._roll = Roll(database, self._streams.keys())
        self._looking = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._bells_missed = asyncio.Event()
        self._closed = False

    async def run(self) -> None:
        """Hear bells, tick and look around until cancelled: then nobody listens here any more.

        To be run again where it fails.
        """
        try:
            async with self._bells.heard(COMMANDS_TOPIC, self._hear), asyncio.TaskGroup() as tasks:
                self._hear("")  # nobody heard bells until now
                tasks.create_task(self._tick())
                tasks.create_task(self._look_around())
        except asyncio.CancelledError:
            await self._roll.end()
            raise

    def close(self) -> None:
        """End all streams, now and from now on: the process is stopping."""
        self._closed = True
        for stream in self._streams.values():
            stream.tell(News.CLOSE)

    def count(self) -> int:
        return len(self._streams)

    async def open(self, who: Listening) -> OpenStream:
        """A camera's stream, to be closed by whoever carries it.

        Raises Unauthenticated once the camera is released.
        """
        stream = OpenStream(who, look=self._look, leave=self._leave)
        self._take_place(stream)
        with ExitStack() as undo:
            undo.callback(stream.close)
            await self._connect(stream)
            undo.pop_all()
        return stream

    def _take_place(self, stream: OpenStream) -> None:
        device_id = stream.who.device.device_id
        before = self._streams.get(device_id)
        if before is not None:
            before.tell(News.CLOSE)
        self._streams[device_id] = stream
        if self._closed:
            stream.tell(News.CLOSE)

    def _leave(self, stream: OpenStream) -> None:
        device_id = stream.who.device.device_id
        if self._streams.get(device_id) is stream:
            del self._streams[device_id]
            self._roll.leave(device_id)

    async def _connect(self, stream: OpenStream) -> None:
        """Take down that the device listens, from when, and what it runs."""
        who = stream.who
        await self._roll.be_known()
        async with self._looking, self._database.work_for(who.device.organization_id) as work:
            device = await lock_device(work, who.device.device_id)
            if device is None:
                raise device_key_invalid()
            device.last_ip = who.device.address
            device.device_version = who.device_version or device.device_version
            await self._roll.note(work, device.id)
            stream.scheduled = is_asked_by_schedule(device, await get_organization(work))
        stream.config_version = device.config_version
        stream.output_on = output_of(device)
        stream.told = who.after if who.after and who.after <= device.command_seq else 0
        stream.seen = stream.told
        stream.connected = stream.say(
            CommandEvent.CONNECTED,
            {
                "device_id": device.unit_id,
                "server_time": utc_now(),
                "config_version": device.config_version,
                "scheduled": stream.scheduled,
                "output_on": stream.output_on,
                "ping_seconds": self._settings.sse_ping_seconds,
            },
        )
        if device.command_seq > stream.seen:
            stream.tell(News.LOOK)

    async def _look(self, stream: OpenStream) -> list[Message]:
        """What is new for a stream. While the database is away it is looked at again later."""
        try:
            return await self._read(stream)
        except Unavailable:
            asyncio.get_running_loop().call_later(RETRY_SECONDS, stream.tell, News.LOOK)
            return []

    async def _read(self, stream: OpenStream) -> list[Message]:
        calling, found = stream.who.device, []
        async with self._looking, self._database.work_for(calling.organization_id) as work:
            device = await work.scalar(
                select(Device).where(
                    Device.organization_id == work.organization_id, Device.id == calling.device_id
                )
            )
            if device is None or device.released_at is not None:
                return [stream.say(CommandEvent.RELEASE, {})]
            commands = await send_waiting(work, calling.device_id, stream.told)
            scheduled = is_asked_by_schedule(device, await get_organization(work))
        stream.seen = device.command_seq
        if (device.config_version, scheduled) != (stream.config_version, stream.scheduled):
            stream.config_version, stream.scheduled = device.config_version, scheduled
            found.append(self._config(stream, device))
        if output_of(device) != stream.output_on:
            stream.output_on = not stream.output_on
            found.append(stream.say(CommandEvent.OUTPUT, {"on": stream.output_on}))
        for command in commands:
            stream.told = command.seq
            data = {
                "command_id": command.id,
                "trigger_id": command.trigger_id,
                "kind": command.kind,
                "label": command.label,
                "expires_at": command.expires_at,
            }
            found.append(stream.say(CommandEvent.CAPTURE, data))
        return found

    def _config(self, stream: OpenStream, device: Device) -> Message:
        document = config_for_camera(device, self._settings).model_dump(mode="json")
        data = {
            "config_version": device.config_version,
            "config": document,
            "scheduled": stream.scheduled,
        }
        return stream.say(CommandEvent.CONFIG, data)

    def _hear(self, key: str) -> None:
        if not key:
            self._bells_missed.set()
        elif (stream := self._streams.get(UUID(key))) is not None:
            stream.tell(News.LOOK)

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop()
        ping_every = self._settings.sse_ping_seconds
        ping_at, check_at = clock.time() + ping_every, clock.time()
        while True:
            if clock.time() >= ping_at:
                ping_at = clock.time() + ping_every
                for stream in self._streams.values():
                    stream.tell(News.PING)
            if clock.time() >= check_at:
                check_at = clock.time() + CHECK_EVERY_SECONDS
                await self._roll.renew()
                await self._end_dead_keys()
            await asyncio.sleep(max(0, min(ping_at, check_at) - clock.time()))

    async def _end_dead_keys(self) -> None:
        listening = tuple(self._streams.values())
        if not listening:
            return
        hashes = [stream.who.key_hash for stream in listening]
        try:
            dead = {bytes(row.hash) for row in await self._database.ask(DEAD, {"hashes": hashes})}
        except Unavailable:
            return
        for stream in listening:
            if stream.who.key_hash in dead:
                stream.tell(News.END)

    async def _look_around(self) -> None:
        """Have those look who have something to see, though no bell was heard."""
        while True:
            await wait_for(self._bells_missed, LOOK_EVERY_SECONDS)
            streams: defaultdict[UUID, list[OpenStream]] = defaultdict(list)
            for stream in self._streams.values():
                streams[stream.who.device.organization_id].append(stream)
            for organization_id, mine in streams.items():
                try:
                    await self._look_at(organization_id, mine)
                except Unavailable:
                    self._bells_missed.set()
                    await asyncio.sleep(RETRY_SECONDS)
                    break

    async def _look_at(self, organization_id: UUID, streams: list[OpenStream]) -> None:
        async with self._database.work_for(organization_id) as work:
            ids = [stream.who.device.device_id for stream in streams]
            found = await work.execute(HEARD_BY, {"organization_id": organization_id, "ids": ids})
            devices = {device.id: device for device in found}
            organization = await get_organization(work)
        for stream in streams:
            device = devices.get(stream.who.device.device_id)
            if device is None or _has_news(device, organization, stream):
                stream.tell(News.LOOK)


def _has_news(device: Row[Any], organization: Organization, stream: OpenStream) -> bool:
    return (
        device.released_at is not None
        or device.command_seq > stream.seen
        or device.config_version != stream.config_version
        or output_of(device) != stream.output_on
        or is_asked_by_schedule(device, organization) != stream.scheduled
    )


HEARD_BY = select(
    Device.id,
    Device.released_at,
    Device.command_seq,
    Device.config_version,
    Device.config,
    Device.output_on,
    Device.scheduled,
).where(
    Device.organization_id == bindparam("organization_id"),
    Device.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
)
"""Of many cameras, what their streams go by: whole devices would hold the loop up."""

DEAD = text("""
SELECT hash FROM unnest(CAST(:hashes AS bytea[])) AS hash
WHERE NOT EXISTS (
  SELECT FROM device_keys WHERE key_hash = hash
    AND (expires_at IS NULL OR expires_at > clock_timestamp())
)
""")
