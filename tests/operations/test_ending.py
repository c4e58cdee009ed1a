"""The end of an organization: nobody has a way in, nothing is left, whatever crashes in between."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, create_engine, select, text, update
from sqlalchemy.pool import NullPool

from cloud.accounts.models import Organization, Role
from cloud.devices.models import Unit
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from cloud.kit.settings import Settings
from cloud.kit.worker import ClaimWorker
from cloud.operations import erasing
from cloud.operations.ending import DELETIONS
from cloud.operations.erasing import SETTLED_AFTER
from cloud.storage.filesystem import FilesystemStore
from cloud.tables import METADATA
from cloud.workers import make_erasing_worker
from tests.accounts.people import code_of
from tests.factories import Someone, make_user
from tests.full_organization import FullOrganization, make_full_organization

OF_THE_PLATFORM = {"activation_codes"}


@pytest.fixture
async def full(app: FastAPI, database: Database) -> FullOrganization:
    return await make_full_organization(database, app.state.store, canary=uuid4().hex[:12])


async def end(client: httpx2.AsyncClient, who: Someone, name: str) -> httpx2.Response:
    return await client.request(
        "DELETE", "/v1/organization", headers=who.headers, json={"name": name}
    )


async def name_of(client: httpx2.AsyncClient, full: FullOrganization) -> str:
    answer = await client.get("/v1/organization", headers=full.owner.headers)
    return str(answer.json()["name"])


def left_rows(database_url: URL, organization_id: UUID) -> dict[str, int]:
    """How many rows name the organization, in any table, seen as the owner sees them."""
    engine = create_engine(database_url, poolclass=NullPool)
    found = {}
    with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            column = "id" if table.name == "organizations" else "organization_id"
            if column in table.c:
                count = text(f"SELECT count(*) FROM {table.name} WHERE {column} = :id")  # noqa: S608  # our own names
                found[table.name] = connection.scalar(count, {"id": organization_id}) or 0
    engine.dispose()
    return {name: count for name, count in found.items() if count and name not in OF_THE_PLATFORM}


async def work_off(worker: ClaimWorker) -> None:
    """Other tests may have ended organizations as well."""
    while await worker.turn():
        pass


async def settle(database: Database, organization_id: UUID) -> None:
    """As if enough time had passed since the end that no upload can be under way."""
    async with database.work_for(organization_id) as work:
        past = utc_now() - SETTLED_AFTER - timedelta(seconds=1)
        await work.execute(update(Organization).values(deleted_at=past))
        mine = (QueuedWork.queue == DELETIONS.name, QueuedWork.id == organization_id)
        await work.execute(update(QueuedWork).where(*mine).values(due_at=utc_now()))


async def test_from_one_moment_on_nobody_has_a_way_in(
    client: httpx2.AsyncClient, database: Database, full: FullOrganization
) -> None:
    colleague = await make_user(database, full.organization_id, role=Role.ADMIN)
    answer = await end(client, full.owner, "another name")
    assert (answer.status_code, code_of(answer)) == (422, "name_differs")
    assert (await end(client, colleague, await name_of(client, full))).status_code == 403
    named = (await name_of(client, full)).upper()
    assert (await end(client, full.owner, f" {named} ")).status_code == 204
    for someone in (full.owner, colleague):
        refused = await client.get("/v1/organization", headers=someone.headers)
        assert refused.status_code == 401
    path = f"/v1/devices/{full.ids.device_id}/config"
    refused = await client.get(path, headers=full.device.headers)
    assert (refused.status_code, code_of(refused)) == (401, "device_key_invalid")
    await activates_it_elsewhere(client, database, full)


async def activates_it_elsewhere(
    client: httpx2.AsyncClient, database: Database, full: FullOrganization
) -> None:
    stranger = await make_user(database)
    answer = await client.post(
        "/v1/devices/activate", headers=stranger.headers, json={"device_id": full.ids.device_id}
    )
    assert answer.status_code == 201


async def test_nothing_is_left_of_it_and_nothing_of_others_is_touched(
    client: httpx2.AsyncClient,
    app: FastAPI,
    database: Database,
    database_url: URL,
    settings: Settings,
    full: FullOrganization,
) -> None:
    other = await make_full_organization(database, app.state.store, canary=uuid4().hex[:12])
    before = left_rows(database_url, other.organization_id)
    files = files_of(settings, other.organization_id)
    await end(client, full.owner, await name_of(client, full))
    worker = make_erasing_worker(app.state)
    await work_off(worker)
    tombstone = {"organizations": 1, "queued_work": 1}
    assert left_rows(database_url, full.organization_id) == tombstone
    assert files_of(settings, full.organization_id) == []
    await settle(database, full.organization_id)
    await work_off(worker)
    assert left_rows(database_url, full.organization_id) == {}
    assert left_rows(database_url, other.organization_id) == before
    assert files_of(settings, other.organization_id) == files != []
    async with database.work() as work:
        freed = select(Unit.organization_id).where(Unit.id == full.ids.device_id)
        assert await work.scalar(freed) is None


def files_of(settings: Settings, organization_id: UUID) -> list[Path]:
    folder = settings.data_directory / "captures" / str(organization_id)
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_it_goes_on_where_it_broke_off(
    client: httpx2.AsyncClient,
    app: FastAPI,
    database: Database,
    database_url: URL,
    full: FullOrganization,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    captures = left_rows(database_url, full.organization_id)["captures"]
    await end(client, full.owner, await name_of(client, full))
    worker = make_erasing_worker(app.state)

    async def die(_store: FilesystemStore, _key: str) -> None:
        raise ConnectionError("as if the process had been killed here")

    with monkeypatch.context() as crash:
        crash.setattr(FilesystemStore, "delete", die)
        await work_off(worker)
    assert left_rows(database_url, full.organization_id)["captures"] == captures
    await settle(database, full.organization_id)
    monkeypatch.setattr(erasing, "ROWS_AT_ONCE", 1)
    await work_off(worker)
    assert left_rows(database_url, full.organization_id) == {}


async def test_the_audit_of_an_organization_that_lives_is_not_erased(
    database: Database, full: FullOrganization
) -> None:
    async with database.work_for(full.organization_id) as work:
        erase = text("SELECT erase_audit_of_ended_organization(100)")
        assert await work.scalar(erase) == 0
