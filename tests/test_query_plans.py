"""What is asked often stays quick at 100,000 captures: it goes by an index, and reads little more.

The captures and the queued work are made in a few statements, in a database of their own.
"""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from cloud.accounts.sessions import find_session
from cloud.captures.comparing import find_reference
from cloud.captures.documents import capture_document
from cloud.captures.models import EvaluationStatus
from cloud.captures.queries import CaptureFilters, CapturePage, get_capture, list_captures
from cloud.devices.access import identify_device
from cloud.devices.config import StreakSection
from cloud.evaluation.thinning import prune_streak
from cloud.events.queries import last_seq, news_after, oldest_seq
from cloud.kit.clock import utc_now
from cloud.kit.database import SET_ORGANIZATION, Database, OrganizationWork
from cloud.kit.json import dumps
from cloud.kit.paging import Cursor, PageRequest
from cloud.kit.queue import Queue
from cloud.kit.settings import Settings
from cloud.watch.queries import sightings_of
from cloud.watch.review import LOOKED_THROUGH, find_reviews
from tests.conftest import create_database
from tests.factories import SomeDevice, Someone, make_device, make_organization, make_user

CAPTURES = 100_000
DAY_OF_CAPTURES = 86_400 // 7
QUEUED = 100_000
ORGANIZATIONS = 50
QUEUE = Queue("plans")

TABLES = frozenset({"captures", "queued_work", "device_keys", "sessions", "events"})


@dataclass(frozen=True)
class Full:
    """A database with much in it, and whose it is."""

    database: Database
    url: URL
    someone: Someone
    device: SomeDevice

    async def list(self, filters: CaptureFilters, page: PageRequest) -> CapturePage:
        async with self.database.work_for(self.someone.organization_id) as work:
            return await list_captures(work, filters, page)


@pytest.fixture(scope="module")
async def full(server_url: URL, worker_id: str) -> AsyncIterator[Full]:
    url = create_database(server_url, f"plans_{worker_id}")
    database = Database(url)
    someone = await make_user(database)
    devices = [await make_device(database, someone.organization_id) for _ in range(4)]
    neighbour = await make_device(database, await make_organization(database))
    fill(url, [*devices, neighbour])
    yield Full(database, url, someone, devices[0])
    await database.dispose()


def fill(url: URL, devices: list[SomeDevice]) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as owner:
        for device in devices:
            owner.execute(SET_ORGANIZATION, {"organization_id": str(device.organization_id)})
            share = {
                "count": CAPTURES // (len(devices) - 1),
                "organization_id": device.organization_id,
                "device_id": device.device_id,
                "unit_id": device.unit_id,
            }
            owner.execute(FILL_CAPTURES, share)
            owner.execute(FILL_EVENTS, share)
            owner.execute(FILL_KEYS, share)
        owner.execute(FILL_QUEUE, {"count": QUEUED, "organizations": ORGANIZATIONS})
        owner.execute(FILL_SESSIONS)
    with engine.connect() as owner:
        owner.execute(text("ANALYZE"))
        owner.commit()
    engine.dispose()


FILL_CAPTURES = text("""
INSERT INTO captures (id, organization_id, device_id, unit_id, captured_at, spool_id, sequence,
    sha256, etag, bytes, width, height, phash, evaluation_status, state, score, reason, agents)
SELECT gen_random_uuid(), :organization_id, :device_id, :unit_id,
    now() - n * interval '7 seconds', 'spool', n, repeat('0', 64), repeat('0', 64),
    1000, 640, 480, 0,
    CASE WHEN n < 5 THEN 'pending' WHEN n % 50 = 0 THEN 'failed' ELSE 'completed' END,
    CASE WHEN n < 5 OR n % 50 = 0 THEN NULL WHEN n % 50 = 1 THEN 'abnormal'
         WHEN n % 50 = 2 THEN 'uncertain' ELSE 'normal' END,
    0.9, 'Nothing differs.', '[{"classifier": "baseline", "state": "normal"}]'
FROM generate_series(1, :count) n
""")

FILL_INCIDENTS = text("""
INSERT INTO incidents (id, organization_id, device_id, unit_id, kind, state, opened_at, resolved_at)
SELECT gen_random_uuid(), :organization_id, :device_id, :unit_id, 'abnormal', 'resolved',
    now() - interval '30 days' - n * interval '1 hour',
    now() - interval '30 days' - n * interval '1 hour' + interval '5 minutes'
FROM generate_series(1, 1000) n
""")

FILL_EVENTS = text("""
INSERT INTO events (organization_id, seq, kind, device_id, data)
SELECT :organization_id, coalesce((SELECT max(seq) FROM events), 0) + n, 'capture.received',
    :unit_id, '{}' FROM generate_series(1, 5000) n
""")

FILL_KEYS = text("""
INSERT INTO device_keys (key_hash, device_id, unit_id, organization_id)
SELECT sha256((:unit_id || n)::bytea), :device_id, :unit_id, :organization_id
FROM generate_series(1, 2000) n
""")

FILL_SESSIONS = text("""
INSERT INTO sessions (id, user_id, kind, token_hash, token_expires_at, expires_at)
SELECT gen_random_uuid(), id, 'api', sha256(n::text::bytea), now() + interval '1 hour',
    now() + interval '1 day'
FROM users, generate_series(1, 5000) n
""")

FILL_QUEUE = text("""
WITH organization AS (
  SELECT n, gen_random_uuid() AS id FROM generate_series(0, :organizations - 1) n
)
INSERT INTO queued_work (queue, id, organization_id, due_at)
SELECT 'plans', gen_random_uuid(), organization.id, now() - i * interval '1 second'
FROM generate_series(1, :count) i JOIN organization ON n = i % :organizations
""")


@dataclass(frozen=True)
class Node:
    """One step of a plan, as it was carried out."""

    kind: str
    table: str | None
    rows: float


async def plans_of(full: Full, asking: Callable[[], Awaitable[object]]) -> list[Node]:
    """Every step of what PostgreSQL did for the statements that `asking` sent."""
    with recorded(full.database) as sent:
        await asking()
    async with full.database.work_for(full.someone.organization_id) as work:
        return [node for each in sent for node in await explain(work, *each)]


@contextmanager
def recorded(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements on our tables that are sent meanwhile, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if any(table in statement for table in TABLES):
            sent.append((statement, values))

    engine: Engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sent


async def explain(work: OrganizationWork, statement: str, values: Any) -> list[Node]:
    connection = await work.session.connection()
    async with connection.begin_nested() as unmade:
        found = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
        )
        (plan,) = found.scalar_one()
        await unmade.rollback()
    return list(_nodes(plan["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[Node]:
    loops = plan["Actual Loops"]
    removed = plan.get("Rows Removed by Filter", 0)
    rows = (plan["Actual Rows"] + removed) * loops
    yield Node(plan["Node Type"], plan.get("Relation Name"), rows)
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def require_index(nodes: list[Node], *, most_rows: int) -> None:
    """No step reads a whole table, sorts, or touches more rows than it must."""
    for node in nodes:
        assert not (node.kind == "Seq Scan" and node.table in TABLES), node
        assert "Sort" not in node.kind, node
        assert node.rows <= most_rows, node


FIRST_PAGE = PageRequest()


@pytest.mark.parametrize(
    ("filters", "most_rows"),
    [
        (CaptureFilters(), 51),
        (CaptureFilters(states=("normal",)), 100),
        (CaptureFilters(states=("abnormal",)), 51),
        (CaptureFilters(evaluation_status=EvaluationStatus.FAILED), 51),
        (CaptureFilters(evaluation_status=EvaluationStatus.PENDING), 51),
        (CaptureFilters(states=("failed",)), 51),
    ],
    ids=["plain", "normal", "abnormal", "failed", "pending", "state failed"],
)
async def test_a_page_of_the_list_reads_little_more_than_it_shows(
    full: Full, filters: CaptureFilters, most_rows: int
) -> None:
    nodes = await plans_of(full, lambda: full.list(filters, FIRST_PAGE))
    require_index(nodes, most_rows=most_rows)


async def test_a_page_of_one_device_reads_no_other_device(full: Full) -> None:
    filters = CaptureFilters(device_id=full.device.device_id)
    require_index(await plans_of(full, lambda: full.list(filters, FIRST_PAGE)), most_rows=51)


@pytest.mark.parametrize("filtered", [False, True], ids=["plain", "of a device"])
async def test_a_late_page_costs_what_the_first_one_does(full: Full, filtered: bool) -> None:  # noqa: FBT001  # a case
    filters = CaptureFilters(device_id=full.device.device_id if filtered else None)
    async with full.database.work_for(full.someone.organization_id) as work:
        place = (
            await work.execute(
                text("SELECT captured_at, id FROM captures WHERE sequence = :far LIMIT 1"),
                {"far": CAPTURES // 5},
            )
        ).one()
    late = PageRequest(cursor=Cursor(place.captured_at, str(place.id)))
    assert len((await full.list(filters, late)).rows) == late.limit
    require_index(await plans_of(full, lambda: full.list(filters, late)), most_rows=60)


async def test_one_capture_is_found_by_its_id(full: Full) -> None:
    page = await full.list(CaptureFilters(), PageRequest(limit=1))

    async def ask() -> None:
        async with full.database.work_for(full.someone.organization_id) as work:
            await get_capture(work, page.rows[0].id)

    require_index(await plans_of(full, ask), most_rows=1)


async def test_a_look_at_a_camera_reads_no_more_than_its_last_day(full: Full) -> None:
    """A picture every seven seconds, as often as is allowed. What is newest is found at once."""

    async def ask() -> None:
        async with full.database.work_for(full.someone.organization_id) as work:
            (sighting,) = await sightings_of(work, [full.device.device_id], now=utc_now())
        assert sighting.row.received == pytest.approx(DAY_OF_CAPTURES, abs=20)

    for node in await plans_of(full, ask):
        assert not (node.kind == "Seq Scan" and node.table in TABLES), node
        assert node.rows <= DAY_OF_CAPTURES + 20, node


async def test_what_a_capture_is_compared_with_is_found_at_once_where_nobody_said_a_word(
    full: Full,
) -> None:
    newest = await full.list(CaptureFilters(device_id=full.device.device_id), PageRequest(limit=1))

    async def ask() -> None:
        async with full.database.work_for(full.someone.organization_id) as work:
            reference = await find_reference(work, await get_capture(work, newest.rows[0].id))
        assert reference is not None
        assert not reference.is_said

    for node in await plans_of(full, ask):
        assert not (node.kind == "Seq Scan" and node.table in TABLES), node
        assert node.rows <= 10, node


async def test_what_to_review_is_found_among_the_newest_of_each_state(
    full: Full, settings: Settings
) -> None:
    async def ask() -> None:
        async with full.database.work_for(full.someone.organization_id) as work:
            assert await find_reviews(work, settings, limit=20)

    for node in await plans_of(full, ask):
        assert not (node.kind == "Seq Scan" and node.table in TABLES), node
        assert node.rows <= 2 * LOOKED_THROUGH, node


async def test_pruning_reads_a_camera_once_however_many_incidents_there_were(full: Full) -> None:
    values = {
        "organization_id": full.someone.organization_id,
        "device_id": full.device.device_id,
        "unit_id": full.device.unit_id,
    }
    async with full.database.work_for(full.someone.organization_id) as work:
        await work.execute(FILL_INCIDENTS, values)
        of_camera = await work.scalar(
            text("SELECT count(*) FROM captures WHERE device_id = :device_id"), values
        )

    async def ask() -> None:
        limits = StreakSection(enabled=True, threshold=50, keep_every=10)
        async with full.database.work_for(full.someone.organization_id) as work:
            assert await prune_streak(work, full.device.device_id, limits, utc_now()) == 0

    for node in await plans_of(full, ask):
        assert node.rows <= of_camera, node


async def test_a_claim_reads_no_more_than_its_share_of_each_organization(full: Full) -> None:
    """Its candidates, a few of each organization, are what it puts in order."""

    async def ask() -> None:
        claims = await QUEUE.claim(full.database, limit=4, lease_seconds=60, after=None)
        assert len({claim.organization_id for claim in claims}) == 4

    for node in await plans_of(full, ask):
        assert node.kind != "Seq Scan" or node.table not in TABLES, node
        assert node.rows <= 4 * ORGANIZATIONS + 4, node


async def test_a_device_is_known_by_one_look_at_an_index(full: Full) -> None:
    nodes = await plans_of(full, lambda: identify_device(full.database, full.device.key, ""))
    require_index(nodes, most_rows=1)


async def test_a_person_is_known_by_one_look_at_an_index(full: Full) -> None:
    async def ask() -> None:
        assert await find_session(full.database, full.someone.token)

    nodes = await plans_of(full, ask)
    assert not any(node.kind == "Seq Scan" and node.table == "sessions" for node in nodes)
    assert max(node.rows for node in nodes) <= 2


async def test_a_replay_reads_only_what_was_missed(full: Full) -> None:
    async def ask() -> None:
        async with full.database.work_for(full.someone.organization_id) as work:
            await last_seq(work)
            newest = await oldest_seq(work)
            assert newest is not None
            assert len(await news_after(work, newest + 2000, limit=100)) == 100

    require_index(await plans_of(full, ask), most_rows=100)


async def test_a_list_of_fifty_is_answered_within_a_tenth_of_a_second(full: Full) -> None:
    """From the query to the bytes of the answer, by this process's and the database's clock."""
    taken = []
    for _ in range(7):
        started = time.perf_counter()
        page = await full.list(CaptureFilters(), FIRST_PAGE)
        document = dumps({"captures": [capture_document(row) for row in page.rows]})
        taken.append(time.perf_counter() - started)
    assert len(orjson.loads(document)["captures"]) == 50
    assert statistics.median(taken) <= 0.1
