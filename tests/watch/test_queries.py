"""What the list of cameras costs where there are many of both cameras and captures."""

import time
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from cloud.evaluation.baseline.memory import MINIMUM_REFERENCES
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.paging import PageRequest
from cloud.kit.settings import Settings
from cloud.watch.documents import device_document
from cloud.watch.queries import LOOK, list_sightings
from tests.factories import make_device, make_organization

DEVICES = 100
CAPTURES_OF_EACH = 1000


@pytest.fixture(scope="module")
async def crowded(database: Database) -> UUID:
    """An organization of 100 cameras, each with 1,000 captures, one every five minutes."""
    organization_id = await make_organization(database, device_limit=DEVICES)
    for _ in range(DEVICES):
        await make_device(database, organization_id)
    fill(database, organization_id)
    return organization_id


def fill(database: Database, organization_id: UUID) -> None:
    """As the database's owner, who is given the time that so many rows may take.

    Then what autovacuum does a little later: without it the planner knows nothing of them.
    """
    owner = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(FILL, {"organization_id": organization_id, "count": CAPTURES_OF_EACH})
        connection.execute(text("ANALYZE captures, devices"))
    owner.dispose()


FILL = text("""
INSERT INTO captures (id, organization_id, device_id, unit_id, captured_at, received_at, sha256,
                      bytes, etag, width, height, phash, evaluation_status, state)
SELECT gen_random_uuid(), d.organization_id, d.id, d.unit_id, at, at, 'x', 1, 'x', 16, 16, 0,
       'completed', CASE WHEN n % 50 = 0 THEN 'abnormal' ELSE 'normal' END
FROM devices d, generate_series(1, :count) n,
     LATERAL (SELECT now() - (n + 0.5) * interval '5 minutes' AS at) t
WHERE d.organization_id = :organization_id
""")


async def test_one_statement_finds_everything_by_index(crowded: UUID, database: Database) -> None:
    values = {
        "organization_id": crowded,
        "now": utc_now(),
        "need": MINIMUM_REFERENCES,
        "row_ids": None,
        "unit_id": None,
        "before_at": None,
        "before_id": None,
        "limit": DEVICES,
    }
    async with database.work_for(crowded) as work:
        rows = await work.execute(text(f"EXPLAIN {LOOK.text}"), values)
        plan = "\n".join(row[0] for row in rows)
    assert "idx_captures_org_device_captured" in plan
    assert "Seq Scan on captures" not in plan


async def test_a_hundred_cameras_are_listed_in_a_moment(
    crowded: UUID, database: Database, settings: Settings
) -> None:
    """About 25 ms on two idle cores; the bound leaves room for a busy machine."""
    spans = []
    for _ in range(10):
        began = time.perf_counter()
        now = utc_now()
        async with database.work_for(crowded) as work:
            page = await list_sightings(work, PageRequest(limit=DEVICES), now=now)
        documents = [device_document(one, settings, now) for one in page.sightings]
        spans.append(time.perf_counter() - began)
    assert len(documents) == DEVICES
    assert documents[0]["counts_24h"] == {
        "due": 0,
        "received": 287,
        "evaluated": 287,
        "abnormal": 5,
    }
    assert min(spans) < 0.1
