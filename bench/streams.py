"""Measures what open streams cost: memory, database connections, and how soon news is heard.

    python -m bench.streams [--kind commands|events] [--streams N] [--json]

Starts a server with a PostgreSQL of its own, and from this process opens N streams: of N cameras,
each with its own key, or of the people of one organization. Then news is made, one piece after the
other: a command for one camera, or an event that all streams are to hear; what is timed is from
before its commit to the moment it is read here, in a process that shares the machine's cores.
Memory is how much the server's resident set has grown since a few streams were opened and closed
(from /proc: Linux only). The database's connections are counted while all streams are silent.
"""

import argparse
import asyncio
import json
import math
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import URL, text

from bench.uploads import processor_seconds
from bin._demo.processes import Processes, choose_port
from cloud.devices.commands import put_command
from cloud.devices.queries import lock_device
from cloud.events.append import EventKind, append
from cloud.events.stream import STREAMS_OF_ONE_PERSON
from cloud.kit.database import Database
from cloud.kit.database_url import normalize_database_url
from cloud.kit.embedded_postgres import start_embedded
from cloud.kit.ids import new_id
from cloud.kit.migrations import upgrade_database
from cloud.kit.server import allow_open_files
from tests.factories import SomeDevice, make_device, make_organization, make_user

WARMING_UP = 40
OPENED_AT_ONCE = 20
NEWS = {"commands": 100, "events": 10}
PING_SECONDS = 5
SILENCE_SECONDS = 11.0
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Listens:
    """Whose stream it is to be. `device` is None where a person listens."""

    path: str
    token: str
    organization_id: UUID
    device: SomeDevice | None = None


@dataclass(frozen=True)
class Report:
    """The figures of one run; each delivery is one piece of news read by one stream."""

    kind: str
    streams: int
    opened_per_second: float
    kilobytes_each: float
    database_connections: int
    of_them_in_transaction: int
    silent_cpu_percent: float
    pings_each: float
    ping_spread_ms: float
    deliveries: int
    p50_ms: float
    p99_ms: float


class Stream(asyncio.Protocol):
    """The reading end of one stream: when each event came."""

    def __init__(self, listens: Listens) -> None:
        self.listens = listens
        self.opened = asyncio.Event()
        self.heard_at: float | None = None
        self.pinged_at: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.transport.write(
            f"GET {self.listens.path} HTTP/1.1\r\nHost: visant.test\r\n"
            f"Authorization: Bearer {self.listens.token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if b"event: ping" in data:
            self.pinged_at.append(time.perf_counter())
        if b"event: connected" in data:
            self.opened.set()
        if b"event: capture" in data:
            self.heard_at = time.perf_counter()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.is_set():
            raise SystemExit(f"A stream was not opened: {exc or 'refused'}")


def run(kind: str, streams: int) -> Report:
    """Measure one kind of stream on a fresh server."""
    allow_open_files()
    with Processes() as processes:
        postgres = start_embedded(processes.folder / "database", durable=False)
        try:
            url = normalize_database_url(postgres.url)
            upgrade_database(url)
            return asyncio.run(_run(kind, streams, processes, url))
        finally:
            postgres.discard()


async def _run(kind: str, count: int, processes: Processes, url: URL) -> Report:
    environment = {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "VISANT_DATA_DIR": str(processes.folder),
        "SSE_PING_SECONDS": str(PING_SECONDS),
    }
    port, database = choose_port(0), Database(url)
    try:
        listeners = await _arrange(database, kind, count)
        _, server = await asyncio.to_thread(processes.start_server_process, port, environment)
        close_all(await _open_all(port, listeners[:WARMING_UP]))
        before, start = _resident_kilobytes(server.pid), time.perf_counter()
        streams = await _open_all(port, listeners)
        elapsed = time.perf_counter() - start
        used = processor_seconds(server.pid)
        await asyncio.sleep(SILENCE_SECONDS)
        silent = (processor_seconds(server.pid) - used) / SILENCE_SECONDS
        grown = _resident_kilobytes(server.pid) - before
        (connections,) = await database.ask(CONNECTIONS)
        pings = [stream.pinged_at for stream in streams]
        delays = await _deliver(database, kind, streams)
        close_all(streams)
        return Report(
            kind=kind,
            streams=count,
            opened_per_second=round(count / elapsed, 1),
            kilobytes_each=round(grown / count, 1),
            database_connections=connections.all,
            of_them_in_transaction=connections.in_transaction,
            silent_cpu_percent=round(100 * silent, 1),
            pings_each=round(sum(map(len, pings)) / count, 1),
            ping_spread_ms=round(1000 * _spread(pings), 1),
            deliveries=len(delays),
            p50_ms=round(1000 * float(np.percentile(delays, 50)), 1),
            p99_ms=round(1000 * float(np.percentile(delays, 99)), 1),
        )
    finally:
        await database.dispose()


CONNECTIONS = text(
    "SELECT count(*) AS all, count(*) FILTER (WHERE xact_start IS NOT NULL) AS in_transaction"
    " FROM pg_stat_activity WHERE application_name LIKE 'visant%' AND pid <> pg_backend_pid()"
)


async def _arrange(database: Database, kind: str, count: int) -> list[Listens]:
    organization_id = await make_organization(database, device_limit=count)
    if kind == "commands":
        devices = [await make_device(database, organization_id) for _ in range(count)]
        return [
            Listens(f"/v1/devices/{one.unit_id}/commands", one.key, organization_id, one)
            for one in devices
        ]
    users = math.ceil(count / STREAMS_OF_ONE_PERSON)
    people = [await make_user(database, organization_id) for _ in range(users)]
    path = "/v1/capture-events/stream"
    return [Listens(path, people[number % users].token, organization_id) for number in range(count)]


async def _open_all(port: int, listeners: Sequence[Listens]) -> list[Stream]:
    gate = asyncio.Semaphore(OPENED_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def open_one(listens: Listens) -> Stream:
        async with gate, asyncio.timeout(PATIENCE_SECONDS):
            _, stream = await loop.create_connection(lambda: Stream(listens), "127.0.0.1", port)
            await stream.opened.wait()
            return stream

    return await asyncio.gather(*(open_one(each) for each in listeners))


async def _deliver(database: Database, kind: str, streams: Sequence[Stream]) -> list[float]:
    """The seconds that each piece of news took to each stream that was to hear it."""
    chance = random.Random(1)  # noqa: S311  # repeatable, no secret
    delays: list[float] = []
    for _ in range(NEWS[kind]):
        hearing = [chance.choice(streams)] if kind == "commands" else streams
        for stream in hearing:
            stream.heard_at = None
        start = time.perf_counter()
        await _tell(database, hearing[0].listens)
        delays += [at - start for at in await _heard(hearing)]
    return delays


async def _tell(database: Database, listens: Listens) -> None:
    async with database.work_for(listens.organization_id) as work:
        if listens.device is None:
            await append(work, EventKind.CAPTURE_RECEIVED, {"note": "x" * 1000}, device_id=None)
            return
        device = await lock_device(work, listens.device.device_id)
        assert device is not None
        await put_command(work, device, trigger_id=new_id(), kind="manual", label=None)


async def _heard(streams: Sequence[Stream]) -> list[float]:
    """When each of them heard, once all have. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            heard = [stream.heard_at for stream in streams if stream.heard_at is not None]
            if len(heard) == len(streams):
                return heard
            await asyncio.sleep(0.001)


def _spread(pings: Sequence[Sequence[float]]) -> float:
    """Seconds from the first to the last stream that heard the newest ping."""
    newest = [each[-1] for each in pings]
    return max(newest) - min(newest)


def close_all(streams: Iterable[Stream]) -> None:
    for stream in streams:
        stream.transport.abort()


def _resident_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def print_report(report: Report) -> None:
    for name, value in asdict(report).items():
        print(f"{name:24} {value}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--kind", choices=sorted(NEWS), default="commands")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = run(options.kind, options.streams)
    if options.json:
        print(json.dumps(asdict(report), indent=2))
    else:
        print_report(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
