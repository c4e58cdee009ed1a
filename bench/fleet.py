"""Runs a fleet of simulated cameras against a real server that dies once in the middle.

    python -m bench.fleet [--devices 1000] [--minutes 10] [--rate 1] [--asks 120] [--faults none]

Starts a server with a PostgreSQL of its own and a model that is a stand-in on loopback, a process
of its own, which is asked up to sixteen at once (`AI_CONCURRENCY`). Makes the cameras straight in
the database (through the API a person may activate ten a minute), lets `device.simulate` run them,
and halfway kills the server with SIGKILL and starts it again. Prints the fleet's table, the
server's memory (from /proc: Linux only), and how its cameras came back, and exits with 1 where the
books do not balance, a picture was lost, a camera was not back within 90 seconds, or one second,
after the first two, took more than a twentieth of the returns.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen
from types import MappingProxyType

import uvloop
from sqlalchemy import select

from bin._demo.operator import EMAIL, PASSWORD, Operator
from bin._demo.processes import Processes, choose_port
from cloud.accounts.models import User
from cloud.descriptions.models import NormalDescription
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.database_url import normalize_database_url
from cloud.kit.embedded_postgres import start_embedded
from device.simulate.books import End
from device.simulate.flags import SimulateFlags
from device.simulate.fleet import Outcome, arrange_fleet, run_fleet
from device.simulate.operator import EMAIL_VARIABLE, NORMAL, PASSWORD_VARIABLE
from device.simulate.settings import FleetSettings, read_fleet_settings
from device.simulate.table import command_latencies, lines_of, measure
from tests.factories import SomeDevice, make_device

BACK_WITHIN_SECONDS = 90
LARGEST_SHARE = 0.05
FIRST_SECONDS = 2
MADE_AT_ONCE = 8
ASKED_AT_ONCE = 16
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Herd:
    """How the cameras came back after the kill. Seconds count from when the server was ready."""

    away_seconds: float
    returns: int
    missing: int
    last_after: float
    busiest_share: float
    """The largest part of all returns that one second took, after the first two."""

    @property
    def is_spread(self) -> bool:
        back = not self.missing and self.last_after <= BACK_WITHIN_SECONDS
        return back and self.busiest_share <= LARGEST_SHARE


@dataclass(frozen=True)
class Memory:
    """What the server's process held, in MiB, at its start and at most."""

    before: float
    peak: float


@dataclass(frozen=True)
class Report:
    outcome: Outcome
    herd: Herd
    memories: Sequence[Memory]
    """Of each of the server's lives."""

    @property
    def is_kept(self) -> bool:
        books = self.outcome.books
        return books.balance and not books.count(End.LOST) and self.herd.is_spread


class Server:
    """The server's process, which dies once; what its cameras saw of that."""

    def __init__(
        self,
        processes: Processes,
        base_url: str,
        environment: Mapping[str, str] = NOTHING,
    ) -> None:
        self._processes = processes
        self._port = choose_port(0)
        self._environment = {
            "VISANT_DATA_DIR": str(processes.folder),
            "PUBLIC_URL": f"http://127.0.0.1:{self._port}",
            "PLATFORM_ADMIN_EMAILS": EMAIL,
            "OPENAI_API_KEY": "sk-stand-in",
            "OPENAI_BASE_URL": base_url,
            "AI_CONCURRENCY": str(ASKED_AT_ONCE),
            **environment,
        }
        self._process: Popen[bytes]
        self._before = 0.0
        self.memories: list[Memory] = []
        self.killed_at = self.ready_at = 0.0
        self.url = self._start()

    async def die_and_return(self, after_seconds: float) -> None:
        """Be killed so many seconds from now, and started at once."""
        clock = asyncio.get_running_loop()
        await asyncio.sleep(after_seconds)
        self.note_memory()
        self._process.kill()
        self.killed_at = clock.time()
        await asyncio.to_thread(self._process.wait)
        await asyncio.to_thread(self._start)
        self.ready_at = clock.time()

    def note_memory(self) -> None:
        """Take down what this life of the server held."""
        self.memories.append(Memory(self._before, _mebibytes(self._process.pid, "VmHWM")))

    def _start(self) -> str:
        url, self._process = self._processes.start_server_process(self._port, self._environment)
        self._before = _mebibytes(self._process.pid, "VmRSS")
        return url


def run(flags: SimulateFlags, environment: Mapping[str, str] = NOTHING) -> Report:
    """Do it. The address and the keys are filled in here; `environment` is the server's."""
    with Processes() as processes:
        server = Server(processes, _start_model(processes), environment)
        with Operator(server.url, processes.folder) as operator:
            operator.sign_up()
        keys = processes.folder / "keys"
        made = asyncio.run(make_cameras(processes.folder, int(flags.devices)))
        keys.write_text("".join(_key_line(one) for one in made))
        operator_is = {EMAIL_VARIABLE: EMAIL, PASSWORD_VARIABLE: PASSWORD}
        flags = replace(flags, url=server.url, keys=str(keys))
        settings = read_fleet_settings(flags, operator_is)
        # As cheap a loop as the server's: what the cameras take of the machine it does not have.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcome = runner.run(_run_and_kill(settings, server))
        server.note_memory()
    return Report(outcome, _look_at_herd(outcome, server), server.memories)


def _start_model(processes: Processes) -> str:
    """Start a model that finds everything normal; its address."""
    port = choose_port(0)
    processes.start("model", ["-m", "tests.evaluation.openai_stand_in", str(port), "normal"])
    return f"http://127.0.0.1:{port}/v1"


async def make_cameras(folder: Path, count: int) -> list[SomeDevice]:
    """Put activated cameras with a description into the operator's organization."""
    embedded = start_embedded(folder)
    database = Database(normalize_database_url(embedded.url))
    async with database.work() as work:
        owner = (await work.execute(select(User).where(User.email == EMAIL))).scalar_one()
    gate = asyncio.Semaphore(MADE_AT_ONCE)

    async def make() -> SomeDevice:
        async with gate:
            device = await make_device(database, owner.organization_id)
            async with database.work_for(owner.organization_id) as work:
                work.add(_description(device))
        return device

    made = await asyncio.gather(*(make() for _ in range(count)))
    await database.dispose()
    embedded.close()
    return made


def _key_line(device: SomeDevice) -> str:
    return json.dumps({"device_id": device.unit_id, "device_key": device.key}) + "\n"


def _description(device: SomeDevice) -> NormalDescription:
    return NormalDescription(
        organization_id=device.organization_id,
        device_id=device.device_id,
        version=1,
        name="Version 1",
        text=NORMAL,
        created_by=EMAIL,
        activated_at=utc_now(),
        activated_by=EMAIL,
    )


async def _run_and_kill(settings: FleetSettings, server: Server) -> Outcome:
    arranged = await arrange_fleet(settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.die_and_return(settings.run.seconds / 2))
        running = tasks.create_task(run_fleet(arranged))
    return running.result()


def _look_at_herd(outcome: Outcome, server: Server) -> Herd:
    killed = server.killed_at - outcome.started
    ready = server.ready_at - outcome.started
    had_stream = [one for one in outcome.diaries if any(c.at < killed for c in one.connections)]
    back = [
        min((c.at for c in one.connections if c.at > killed), default=None) for one in had_stream
    ]
    returns = [at - ready for at in back if at is not None]
    seconds = Counter(int(at) for at in returns)
    later = [times for second, times in seconds.items() if second >= FIRST_SECONDS]
    return Herd(
        away_seconds=round(ready - killed, 1),
        returns=len(returns),
        missing=len(back) - len(returns),
        last_after=round(max(returns, default=0.0), 1),
        busiest_share=round(max(later, default=0) / max(1, len(returns)), 4),
    )


def _mebibytes(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise LookupError(what)


def print_report(report: Report) -> None:
    print("\n".join(lines_of(report.outcome)))
    for life, memory in enumerate(report.memories, 1):
        print(f"server's life {life}: {memory.before} MiB at the start, {memory.peak} MiB at most")
    commands = measure(command_latencies(report.outcome))
    if commands is not None:
        print(f"commands: p99 {commands.p99:.3f} s of {commands.count}")
    for name, value in vars(report.herd).items():
        print(f"{name:15} {value}")
    print("every promise kept" if report.is_kept else "A PROMISE WAS BROKEN")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--devices", default="1000")
    parser.add_argument("--rate", default="1", help="captures in a minute of each camera")
    parser.add_argument("--minutes", default="10")
    parser.add_argument("--faults", default="none")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--asks", default="120", help="in a minute, of the whole fleet")
    parser.add_argument("--patience", default="300", help="seconds for what waits at the end")
    flags = SimulateFlags(url="", keys="", **vars(parser.parse_args()))
    report = run(flags)
    print_report(report)
    return 0 if report.is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
