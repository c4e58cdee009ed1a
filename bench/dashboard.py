"""Measures what people wait for in the dashboard, against what is promised of it.

    python -m bench.dashboard [--cameras 100] [--captures 4000] [--interval 300] [--json]

Starts a server with a PostgreSQL of its own on an organization whose cameras have a long history,
and looks at it with a real Chromium: how long the server takes for the cameras page, how much a
first visit brings, how soon a camera's page is painted by a processor made four times slower, what
a second visit asks for, and how soon a verdict's card is on a screen while a hundred dashboards
follow. Verdicts are committed by this process, as by a worker beside the server. Exits with 1 where
a promise is not kept; processor times, unlike the others, hardly depend on what else runs.
"""

import argparse
import asyncio
import http.client
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import numpy as np
from playwright.async_api import Browser

from bench.full_house import House, Size, draw_still, encode, fill_house
from bench.onlookers import SHOWN, Paints, many_following, visitor, watch_paints, weigh_visit
from bench.uploads import database_seconds, processor_seconds
from bin._demo.processes import Processes, choose_port
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import State
from cloud.evaluation.beginning import begin
from cloud.evaluation.consensus import Verdict
from cloud.evaluation.evaluate import Outcome
from cloud.evaluation.recording import record_verdict
from cloud.events.stream import STREAMS_OF_ONE_PERSON
from cloud.kit.database import Database
from cloud.kit.database_url import normalize_database_url
from cloud.kit.embedded_postgres import start_embedded
from cloud.kit.migrations import upgrade_database
from cloud.kit.server import allow_open_files
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from tests.factories import SomeDevice
from tests.web.driving import chromium, find_browser

SETTLED_SECONDS = 3.0
"""Between two verdicts, and between a capture and its verdict: so each is measured by itself."""


@dataclass(frozen=True)
class Plan:
    """How much is asked for."""

    size: Size
    requests: int = 100
    visits: int = 5
    streams: int = 99
    verdicts: int = 12


@dataclass(frozen=True)
class Report:
    """Figures by what they are of; their units are in the names."""

    server_cold_ms: float
    server_p50_ms: float
    server_p95_ms: float
    server_cpu_ms: float
    database_cpu_ms: float
    first_visit_kilobytes: float
    largest_paint_ms: float
    blocked_ms: float
    layout_shift: float
    second_visit_pictures: int
    second_visit_ms: float
    live_p50_seconds: float
    live_worst_seconds: float
    cards_read_by_others: int

    @property
    def broken(self) -> list[str]:
        """The figures over their bars."""
        figures = asdict(self)
        return [name for name, bar in BARS.items() if figures[name] > bar]


BARS = {
    "server_p50_ms": 40,
    "first_visit_kilobytes": 150,
    "largest_paint_ms": 1000,
    "blocked_ms": 100,
    "layout_shift": 0.02,
    "second_visit_pictures": 0,
    "second_visit_ms": 1000,
    "live_worst_seconds": 1.0,
}


@dataclass(frozen=True)
class Stage:
    """What everything is measured on."""

    url: str
    server: int
    cluster: Path
    database: Database
    house: House
    browser: Browser


def run(plan: Plan) -> Report:
    """Measure everything on one fresh server."""
    allow_open_files()
    return asyncio.run(_run(plan, find_browser()))


async def _run(plan: Plan, browser: str) -> Report:
    async with _stage(plan, browser) as stage:
        server = await asyncio.to_thread(_time_server, stage, plan.requests)
        kilobytes = await _weigh_first_visit(stage)
        paints = [await _paint_camera(stage) for _ in range(plan.visits)]
        pictures, took = await _visit_twice(stage)
        delays, cards = await _follow_live(stage, plan)
        return Report(
            **server,
            first_visit_kilobytes=round(kilobytes, 1),
            largest_paint_ms=round(float(np.median([one.largest_ms for one in paints]))),
            blocked_ms=round(float(np.median([one.blocked_ms for one in paints]))),
            layout_shift=round(max(one.shift for one in paints), 4),
            second_visit_pictures=pictures,
            second_visit_ms=round(took),
            live_p50_seconds=round(float(np.median(delays)), 3),
            live_worst_seconds=round(max(delays), 3),
            cards_read_by_others=cards,
        )


@asynccontextmanager
async def _stage(plan: Plan, browser_path: str) -> AsyncIterator[Stage]:
    with Processes() as processes:
        postgres = start_embedded(processes.folder / "database", durable=False)
        url = normalize_database_url(postgres.url)
        upgrade_database(url)
        database = Database(url)
        store = FilesystemStore(processes.folder / "captures")
        try:
            people = -(-plan.streams // STREAMS_OF_ONE_PERSON)
            house = await fill_house(database, store, plan.size, people=people)
            environment = {
                "DATABASE_URL": url.render_as_string(hide_password=False),
                "VISANT_DATA_DIR": str(processes.folder),
                "WORKERS": "off",
            }
            address, server = await asyncio.to_thread(
                processes.start_server_process, choose_port(0), environment
            )
            cluster = (processes.folder / "database" / "postgres").resolve()
            async with chromium(browser_path) as browser:
                yield Stage(address, server.pid, cluster, database, house, browser)
        finally:
            await database.dispose()
            store.close()
            postgres.discard()


def _time_server(stage: Stage, requests: int) -> dict[str, float]:
    """How long the cameras page takes, over one connection that is kept."""
    connection = http.client.HTTPConnection(urlsplit(stage.url).netloc, timeout=30)
    headers = {"Cookie": f"visant={stage.house.session}", "Accept-Encoding": "gzip"}

    def ask() -> float:
        start = time.perf_counter()
        connection.request("GET", "/ui", headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"The cameras page was answered with {answer.status}.")
        return 1000 * (time.perf_counter() - start)

    cold = ask()
    used = processor_seconds(stage.server), database_seconds(stage.cluster)
    times = [ask() for _ in range(requests)]
    connection.close()
    server = processor_seconds(stage.server) - used[0]
    return {
        "server_cold_ms": round(cold, 1),
        "server_p50_ms": round(float(np.percentile(times, 50)), 1),
        "server_p95_ms": round(float(np.percentile(times, 95)), 1),
        "server_cpu_ms": round(1000 * server / requests, 1),
        "database_cpu_ms": round(1000 * (database_seconds(stage.cluster) - used[1]) / requests, 1),
    }


async def _weigh_first_visit(stage: Stage) -> float:
    async with visitor(stage.browser, stage.url, stage.house.session) as context:
        traffic, _ = await weigh_visit(context, "/ui")
    return traffic.bytes_without_pictures / 1024


async def _paint_camera(stage: Stage) -> Paints:
    async with visitor(stage.browser, stage.url, stage.house.session) as context:
        return await watch_paints(context, _camera_page(stage.house))


async def _visit_twice(stage: Stage) -> tuple[int, float]:
    """How many pictures were asked for again on both pages, and the longer of their times."""
    again, longest = 0, 0.0
    async with visitor(stage.browser, stage.url, stage.house.session) as context:
        for path in ("/ui", _camera_page(stage.house)):
            first, _ = await weigh_visit(context, path)
            if not first.pictures and path == "/ui":
                raise SystemExit("The first visit loaded no pictures: nothing is shown by this.")
            second, took = await weigh_visit(context, path)
            again += second.pictures
            longest = max(longest, took)
    return again, longest


def _camera_page(house: House) -> str:
    return f"/ui/cameras/{house.cameras[0].unit_id}"


async def _follow_live(stage: Stage, plan: Plan) -> tuple[list[float], int]:
    """The seconds from each verdict's commit to its card on the screen."""
    house = stage.house
    async with (
        many_following(stage.url, house.people, plan.streams) as followers,
        visitor(stage.browser, stage.url, house.session) as context,
        httpx2.AsyncClient(base_url=stage.url, timeout=30) as cameras,
    ):
        page = await context.new_page()
        await page.goto("/ui")
        delays = []
        for number in range(plan.verdicts):
            camera = house.cameras[number % len(house.cameras)]
            record_id = await _upload(cameras, camera, number)
            await asyncio.sleep(SETTLED_SECONDS)
            await page.locator(f"#camera-{camera.unit_id}").scroll_into_view_if_needed()
            shown = asyncio.create_task(page.evaluate(SHOWN, record_id))
            state = State.ABNORMAL if number % 2 else State.NORMAL
            committed = await _judge(stage.database, record_id, state)
            delays.append(await asyncio.wait_for(shown, 30) - committed)
            await asyncio.sleep(SETTLED_SECONDS)
        return delays, sum(one.cards for one in followers)


async def _upload(client: httpx2.AsyncClient, camera: SomeDevice, number: int) -> str:
    answer = await client.post(
        "/v1/captures",
        headers=camera.headers,
        data={
            "captured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "sequence": str(number),
            "spool_id": "live",
        },
        files={"image": ("image.jpg", encode(draw_still(number)), "image/jpeg")},
    )
    return str(answer.raise_for_status().json()["record_id"])


async def _judge(database: Database, record_id: str, state: State) -> float:
    """Record a verdict as the evaluator does; when it was committed."""
    (claim,) = await EVALUATIONS.claim(database, limit=1, lease_seconds=60, after=None)
    if claim.id != UUID(record_id):
        raise SystemExit("Somebody else put captures here.")
    verdict = Verdict(state, 0.9, "What the verdict rests on, in one sentence.", ())
    async with database.work_for(claim.organization_id) as work:
        job = await begin(work, claim, Settings(_env_file=None), {})
    await record_verdict(database, claim, job, Outcome(verdict), verdict, {})
    return time.time()


def print_report(report: Report) -> None:
    for name, value in asdict(report).items():
        bar = f"  (at most {BARS[name]})" if name in BARS else ""
        print(f"{name:24} {value}{bar}")
    print(f"OVER ITS BAR: {', '.join(report.broken)}" if report.broken else "every promise kept")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard", description=__doc__)
    parser.add_argument("--cameras", type=int, default=Size.cameras)
    parser.add_argument("--captures", type=int, default=Size.captures_each, help="of each camera")
    parser.add_argument("--interval", type=float, default=Size.interval_seconds, help="seconds")
    parser.add_argument("--requests", type=int, default=Plan.requests)
    parser.add_argument("--visits", type=int, default=Plan.visits)
    parser.add_argument("--streams", type=int, default=Plan.streams)
    parser.add_argument("--verdicts", type=int, default=Plan.verdicts)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    size = Size(options.cameras, options.captures, options.interval)
    report = run(Plan(size, options.requests, options.visits, options.streams, options.verdicts))
    if options.json:
        print(json.dumps(asdict(report), indent=2))
    else:
        print_report(report)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
