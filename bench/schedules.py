"""Counts what several servers ask for by schedule while they are killed, again and again.

`python -m bench.schedules --schedules 50 --ticks 60 --interval 20 --kills 15 --seed 1`: starts
three server processes on one database, gives as many cameras a schedule of every 20 seconds each,
and kills one server after the other with SIGKILL, starting each anew. The clock is the real one.
The cameras are rows here, which take what they are asked for within a fifth of a second. Afterwards
each of the first moments of every schedule must have been asked for exactly once. Exits with 1
where not.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import httpx2
from sqlalchemy import select, update

from bench.servers import Servers
from bin._demo.processes import Processes
from cloud.devices.commands import OPEN
from cloud.devices.models import Command, CommandStatus
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.migrations import upgrade_database
from cloud.kit.settings import Settings
from cloud.kit.start import open_database_url
from cloud.triggers.models import Schedule, Trigger
from cloud.triggers.schedules import timetable_of
from cloud.triggers.timetable import next_moments
from tests.factories import make_device, make_organization, make_user

SERVERS = 3
TAKEN_WITHIN_SECONDS = 0.2
SETTLE_SECONDS = 30
"""For the spread, and for what a killed process had claimed."""


@dataclass(frozen=True)
class Books:
    """What was found afterwards; lateness is in seconds, the spread included."""

    expected: int
    fired: int
    not_fired: int
    fired_twice: int
    kills: int
    late_p99: float
    late_most: float

    @property
    def kept(self) -> bool:
        return self.fired == self.expected and not self.not_fired and not self.fired_twice


def run(*, schedules: int, ticks: int, interval: int, kills: int, seed: int) -> Books:
    """Do it, and check the books."""
    with Processes() as processes, ExitStack() as stack:
        settings = Settings(_env_file=None, visant_data_dir=processes.folder)
        url = open_database_url(stack, settings)
        upgrade_database(url)
        servers = Servers(processes, SERVERS)
        servers.wait_until_ready()
        order = {"interval_seconds": interval}
        return asyncio.run(_run(Database(url), servers, order, schedules, ticks, kills, seed))


async def _run(
    database: Database,
    servers: Servers,
    order: dict[str, int],
    schedules: int,
    ticks: int,
    kills: int,
    seed: int,
) -> Books:
    organization_id = await _give_orders(database, servers.url(0), order, schedules)
    taking = asyncio.create_task(_take_all(database, organization_id))
    ends_at = time.monotonic() + (ticks + 1) * order["interval_seconds"] + SETTLE_SECONDS
    chance = random.Random(seed)  # noqa: S311  # repeatable, no secret
    try:
        for left in range(kills, 0, -1):
            share = (ends_at - SETTLE_SECONDS - time.monotonic()) / left
            await asyncio.sleep(share * chance.uniform(0.5, 1))
            await asyncio.to_thread(servers.kill, chance.randrange(SERVERS))
        await asyncio.sleep(ends_at - time.monotonic())
    finally:
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    books = await _check(database, organization_id, ticks, servers.kills)
    await database.dispose()
    return books


async def _give_orders(database: Database, url: str, order: dict[str, int], count: int) -> UUID:
    organization_id = await make_organization(database, device_limit=count)
    owner = await make_user(database, organization_id)
    async with httpx2.AsyncClient(base_url=url, headers=owner.headers, timeout=30) as client:
        for _ in range(count):
            device = await make_device(database, organization_id)
            path = f"/v1/devices/{device.unit_id}/schedules"
            answer = await client.post(path, json=order)
            answer.raise_for_status()
    return organization_id


async def _take_all(database: Database, organization_id: UUID) -> None:
    """The cameras: what is asked for is done."""
    while True:
        async with database.work_for(organization_id) as work:
            await work.execute(
                update(Command)
                .where(Command.organization_id == organization_id, Command.status.in_(OPEN))
                .values(status=CommandStatus.DONE, ended_at=utc_now())
            )
        await asyncio.sleep(TAKEN_WITHIN_SECONDS)


async def _check(database: Database, organization_id: UUID, ticks: int, kills: int) -> Books:
    async with database.work_for(organization_id) as work:
        orders: Sequence[Schedule] = (await work.session.scalars(select(Schedule))).all()
        rows = (
            await work.execute(
                select(Trigger.schedule_id, Trigger.due_at, Trigger.requested_at).join(
                    Command, Command.trigger_id == Trigger.id
                )
            )
        ).all()
    expected = {
        (order.id, moment)
        for order in orders
        for moment in next_moments(timetable_of(order), order.in_force_since, ticks)
    }
    fired = Counter((row.schedule_id, row.due_at) for row in rows)
    late = sorted(
        (row.requested_at - row.due_at).total_seconds()
        for row in rows
        if (row.schedule_id, row.due_at) in expected
    )
    return Books(
        expected=len(expected),
        fired=len(late),
        not_fired=len(expected - fired.keys()),
        fired_twice=sum(1 for key in expected if fired[key] > 1),
        kills=kills,
        late_p99=late[int(0.99 * len(late))] if late else 0.0,
        late_most=late[-1] if late else 0.0,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.schedules", description=__doc__)
    parser.add_argument("--schedules", type=int, default=50)
    parser.add_argument("--ticks", type=int, default=60)
    parser.add_argument("--interval", type=int, default=20)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    books = run(**vars(options))
    for name, value in vars(books).items():
        print(f"{name:12} {value}")
    print("every moment once" if books.kept else "A MOMENT WAS LOST OR DOUBLED")
    return 0 if books.kept else 1


if __name__ == "__main__":
    sys.exit(main())
