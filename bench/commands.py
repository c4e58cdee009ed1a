"""Asks cameras for pictures while streams break and servers are killed, and counts what comes.

`python -m bench.commands --commands 100 --reconnects 50 --kills 5 --seconds 90`: starts two server
processes on one database, and ten cameras of the device client's own parts, each led now to one
process and now to the other. Each picture is asked for at the process that its camera does not
listen to, where that one lives. Meanwhile streams are cut and their cameras led to the other
process, and processes are killed with SIGKILL and started anew. Afterwards each command must have
been done, with one capture, or be reported expired. Delivery is timed from the command's row to
the camera, where it was asked for across processes and the camera's stream stood all the while;
`asking` begins when the request was sent, which may meet a server that has just started. Exits with
1 where a command was lost, doubled or misreported, or the 99th percentile is over a second.
"""

import argparse
import asyncio
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

import httpx2
import numpy as np
from sqlalchemy import select

from bench.crashes import draw_pictures
from bench.hurried_camera import HurriedCamera
from bench.relay import Relay
from bench.servers import Servers
from bin._demo.processes import Processes
from cloud.captures.models import Capture
from cloud.devices.models import Command, CommandStatus
from cloud.kit.database import Database
from cloud.kit.migrations import upgrade_database
from cloud.kit.settings import Settings
from cloud.kit.start import open_database_url
from device import log
from device.client import Cloud
from device.identity import Identity
from tests.factories import SomeDevice, Someone, make_device, make_organization, make_user
from version import __version__

SERVERS = 2
DELIVERED_WITHIN_SECONDS = 1.0
SETTLE_SECONDS = 60
RETRY_SECONDS = 0.2
LOOK_SECONDS = 0.1
ENDS = {CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.EXPIRED}
ACCEPTED = 202
LATER = (429, 503)


@dataclass(frozen=True)
class Trial:
    """What is to be tried, within about so many seconds."""

    commands: int
    reconnects: int
    kills: int
    cameras: int
    seconds: float
    seed: int


@dataclass(frozen=True)
class Books:
    """What was found afterwards. Deliveries are in seconds.

    `unsure` are commands that the cloud holds though nobody heard that it took them: the process
    died in between. They count like all others.
    """

    asked: int
    unsure: int
    done: int
    expired: int
    lost: int
    doubled: int
    misreported: int
    reconnects: int
    kills: int
    across: int
    delivery_p50: float
    delivery_p99: float
    asking_p50: float
    asking_p99: float

    @property
    def kept(self) -> bool:
        in_time = self.across > 0 and self.delivery_p99 <= DELIVERED_WITHIN_SECONDS
        return in_time and not self.lost and not self.doubled and not self.misreported


@dataclass
class Post:
    """A camera, where its way leads to, and which server that is."""

    device: SomeDevice
    relay: Relay
    camera: HurriedCamera
    server: int


@dataclass(frozen=True)
class Asked:
    """A command that the cloud took: of which camera, when it was sent off, and whether across."""

    post: Post
    at: float
    across: bool


@dataclass(frozen=True)
class Delivery:
    """How long until the camera heard, in seconds."""

    since_issued: float
    since_asked: float


def run(trial: Trial) -> Books:
    """Do it, and check the books."""
    log.LOGGER.setLevel(logging.CRITICAL)  # what the cameras meet is the trial's own doing
    with Processes() as processes, ExitStack() as stack:
        settings = Settings(_env_file=None, visant_data_dir=processes.folder)
        url = open_database_url(stack, settings)
        upgrade_database(url)
        servers = Servers(processes, SERVERS)
        servers.wait_until_ready()
        return asyncio.run(_run(Database(url), servers, processes, trial))


async def _run(database: Database, servers: Servers, processes: Processes, trial: Trial) -> Books:
    organization_id = await make_organization(database, device_limit=trial.cameras)
    owner = await make_user(database, organization_id)
    chance = random.Random(trial.seed)  # noqa: S311  # repeatable, no secret
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.dispose)
        posts = []
        for number in range(trial.cameras):
            device = await make_device(database, organization_id)
            posts.append(await _set_up(stack, servers, processes, device, number))
        await asyncio.gather(
            *(asyncio.to_thread(post.camera.connected.wait, SETTLE_SECONDS) for post in posts)
        )
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(_ask_all(servers, owner, posts, trial))
            tasks.create_task(_cut_streams(servers, posts, trial, chance))
            tasks.create_task(_kill_servers(servers, trial, chance))
        await _settle(database, owner, posts)
        return await _check(database, owner, asking.result(), trial, servers.kills)


async def _set_up(
    stack: AsyncExitStack, servers: Servers, processes: Processes, device: SomeDevice, number: int
) -> Post:
    server = number % SERVERS
    relay = Relay(servers.url(server))
    identity = Identity(await relay.open(), device.unit_id, device.key)
    cloud = stack.enter_context(Cloud(identity, version=__version__))
    folder, jpeg = processes.folder / f"camera-{number}", draw_pictures(1)[0]
    camera = HurriedCamera(cloud, folder, jpeg, seed=number)
    stack.push_async_callback(asyncio.to_thread, camera.stop)
    stack.push_async_callback(relay.close)
    return Post(device, relay, camera, server)


async def _ask_all(
    servers: Servers, owner: Someone, posts: Sequence[Post], trial: Trial
) -> dict[str, Asked]:
    """Ask one camera after the other, evenly; what was taken, by its trigger."""
    asked: dict[str, Asked] = {}
    begun = time.monotonic()
    async with httpx2.AsyncClient(headers=owner.headers, timeout=5) as client:
        for number in range(trial.commands):
            due = begun + trial.seconds * number / trial.commands
            await asyncio.sleep(due - time.monotonic())
            post = posts[number % len(posts)]
            trigger_id, how = await _ask(client, servers, post)
            asked[trigger_id] = how
    return asked


async def _ask(client: httpx2.AsyncClient, servers: Servers, post: Post) -> tuple[str, Asked]:
    """Until a server takes it: one of them may be dead, or the camera asked a moment ago."""
    while True:
        for server in (1 - post.server, post.server):
            at, across = time.time(), server != post.server
            path = f"{servers.url(server)}/v1/devices/{post.device.unit_id}/trigger"
            try:
                answer = await client.post(path)
            except httpx2.TransportError:
                continue
            if answer.status_code == ACCEPTED:
                return str(answer.json()["trigger_id"]), Asked(post, at, across)
            if answer.status_code not in LATER:
                answer.raise_for_status()
            await asyncio.sleep(float(answer.headers.get("Retry-After", RETRY_SECONDS)))
        await asyncio.sleep(RETRY_SECONDS)


async def _cut_streams(
    servers: Servers, posts: Sequence[Post], trial: Trial, chance: random.Random
) -> None:
    """Lead one camera or another to the server where it is not, at random moments."""
    for wait in _waits(trial.reconnects, trial.seconds, chance):
        await asyncio.sleep(wait)
        post = chance.choice(posts)
        post.server = 1 - post.server
        post.relay.lead_to(servers.url(post.server))


async def _kill_servers(servers: Servers, trial: Trial, chance: random.Random) -> None:
    for wait in _waits(trial.kills, trial.seconds, chance):
        await asyncio.sleep(wait)
        await asyncio.to_thread(servers.kill, chance.randrange(SERVERS))


def _waits(count: int, seconds: float, chance: random.Random) -> Sequence[float]:
    """How long to wait before each of so many random moments, and between them."""
    moments = sorted(chance.uniform(0, seconds) for _ in range(count))
    return [later - earlier for earlier, later in zip([0.0, *moments], moments, strict=False)]


async def _settle(database: Database, owner: Someone, posts: Sequence[Post]) -> None:
    """Until the cloud and the cameras have nothing more to do, or the patience is over."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        async with database.work_for(owner.organization_id) as work:
            statuses = set(await work.session.scalars(select(Command.status)))
        if statuses <= ENDS and all(post.camera.is_settled for post in posts):
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _check(
    database: Database, owner: Someone, asked: dict[str, Asked], trial: Trial, kills: int
) -> Books:
    async with database.work_for(owner.organization_id) as work:
        commands: Sequence[Command] = (await work.session.scalars(select(Command))).all()
        captures = Counter(await work.session.scalars(select(Capture.trigger_id)))
    pictures = {one: captures[str(one.trigger_id)] for one in commands}
    expired = [one for one in commands if one.status == CommandStatus.EXPIRED]
    known = {str(one.trigger_id) for one in commands}
    undone = [one for one in commands if not pictures[one] and one not in expired]
    unclear = [one for one in commands if pictures[one] and one.status != CommandStatus.DONE]
    across = list(_deliveries(asked, commands))
    delivery_p50, delivery_p99 = _percentiles([one.since_issued for one in across])
    asking_p50, asking_p99 = _percentiles([one.since_asked for one in across])
    return Books(
        asked=len(asked),
        unsure=len(known - asked.keys()),
        done=sum(1 for one in commands if one.status == CommandStatus.DONE),
        expired=len(expired),
        lost=len(asked.keys() - known) + len(undone),
        doubled=sum(1 for times in pictures.values() if times > 1),
        misreported=len(unclear),
        reconnects=trial.reconnects,
        kills=kills,
        across=len(across),
        delivery_p50=delivery_p50,
        delivery_p99=delivery_p99,
        asking_p50=asking_p50,
        asking_p99=asking_p99,
    )


def _deliveries(asked: Mapping[str, Asked], commands: Sequence[Command]) -> Iterator[Delivery]:
    """Of those whose camera listened all the while, and to the other process."""
    issued = {str(one.trigger_id): one.created_at.timestamp() for one in commands}
    for trigger_id, how in asked.items():
        heard_at, connected_at = how.post.camera.heard.get(trigger_id, (0.0, None))
        if how.across and connected_at is not None and connected_at < how.at:
            yield Delivery(heard_at - issued[trigger_id], heard_at - how.at)


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th."""
    middle, most = np.percentile(seconds, [50, 99]) if seconds else (0.0, 0.0)
    return round(float(middle), 3), round(float(most), 3)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.commands", description=__doc__)
    parser.add_argument("--commands", type=int, default=100)
    parser.add_argument("--reconnects", type=int, default=50)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--cameras", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--seed", type=int, default=1)
    books = run(Trial(**vars(parser.parse_args())))
    for name, value in vars(books).items():
        print(f"{name:13} {value}")
    print("every promise kept" if books.kept else "A PROMISE WAS BROKEN")
    return 0 if books.kept else 1


if __name__ == "__main__":
    sys.exit(main())
