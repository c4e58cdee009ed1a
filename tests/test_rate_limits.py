"""Limits per key and per person: what is counted says so, and beyond it is refused."""

import secrets
from datetime import timedelta

import httpx2

from cloud.accounts.access import WRITES
from cloud.captures.upload_routes import UPLOADS
from cloud.devices.throttles import PAIRING
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.limits import Limit, RateLimit, _row_key
from tests.captures.pictures import draw, encode
from tests.factories import loopback_client, make_device, make_organization, make_user, signed_in

HEADERS = {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
FORM = {"captured_at": "2026-11-22T07:30:00Z", "sequence": "1", "spool_id": "one"}


async def use_up(database: Database, limit: Limit, key: str) -> None:
    """As if far more than the limit allows had been asked for."""
    spent = RateLimit(
        key=_row_key(limit, key), arrival_at=utc_now() + timedelta(seconds=2 * limit.seconds)
    )
    async with database.work() as work:
        await work.session.merge(spent)


async def upload(client: httpx2.AsyncClient) -> httpx2.Response:
    files = {"image": ("picture.jpg", encode(draw()), "image/jpeg")}
    return await client.post("/v1/captures", data=FORM, files=files)


async def test_uploads_are_counted_by_device(database: Database, base_url: str) -> None:
    organization_id = await make_organization(database)
    one, other = [await make_device(database, organization_id) for _ in range(2)]
    async with loopback_client(base_url=base_url, headers=one.headers) as client:
        taken = await upload(client)
        assert taken.status_code == 201
        assert set(taken.headers) >= HEADERS
        await use_up(database, UPLOADS, str(one.device_id))
        refused = await upload(client)
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit-remaining"] == "0"
    async with loopback_client(base_url=base_url, headers=other.headers) as client:
        assert (await upload(client)).status_code == 201


async def test_writes_are_counted_by_person(database: Database, base_url: str) -> None:
    organization_id = await make_organization(database)
    one, other = [await make_user(database, organization_id) for _ in range(2)]
    async with signed_in(base_url, one) as client:
        written = await client.patch("/v1/organization", json={"name": "Harbour Labs"})
        assert written.status_code == 200
        assert set(written.headers) >= HEADERS
        await use_up(database, WRITES, str(one.user_id))
        refused = await client.patch("/v1/organization", json={"name": "Other"})
        assert refused.status_code == 429
        assert "retry-after" in refused.headers
        assert (await client.get("/v1/organization")).json()["name"] == "Harbour Labs"
    async with signed_in(base_url, other) as client:
        assert (await client.patch("/v1/organization", json={})).status_code == 200


async def test_reading_is_not_counted(database: Database, base_url: str) -> None:
    async with signed_in(base_url, await make_user(database)) as client:
        assert not HEADERS & set((await client.get("/v1/organization")).headers)


async def test_a_subscriber_gains_nothing_by_the_many_addresses_that_are_theirs(
    base_url: str,
) -> None:
    network = secrets.token_hex(2)
    statuses = []
    async with loopback_client(base_url=base_url) as client:
        for last in range(PAIRING.burst + 1):
            answer = await client.post(
                "/v1/devices/pair",
                headers={"X-Forwarded-For": f"2001:db8:{network}::{last:x}"},
                json={"code": "ABCD-EFGH"},
            )
            statuses.append(answer.status_code)
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
