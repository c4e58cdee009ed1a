"""Everything of an organization as a zip file: complete, without secrets, one at a time."""

import json
import zipfile
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, QueuePool, select, update

from cloud.accounts.access import find_person
from cloud.accounts.models import AuditEntry, Role
from cloud.captures.models import Capture
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.operations import export
from cloud.operations.contents import columns_to_take, tables_to_take
from cloud.operations.export_turns import TurnLost, keep_turn, take_turn
from cloud.operations.exporting import file_name
from cloud.operations.models import Export
from cloud.storage.keys import image_key
from cloud.tables import METADATA, WITHOUT_CONTENT
from tests.accounts.people import code_of
from tests.captures.pictures import draw, encode
from tests.factories import Someone, make_capture, make_device, make_user
from tests.full_organization import FullOrganization, make_full_organization

NOTHING_TO_SAY = {"event_counters", "exports"}


@pytest.fixture
async def full(app: FastAPI, database: Database) -> FullOrganization:
    return await make_full_organization(database, app.state.store, canary=uuid4().hex[:12])


async def ask(client: httpx2.AsyncClient, someone: Someone) -> httpx2.Response:
    return await client.get("/v1/organization/export", headers=someone.headers)


def rows(found: zipfile.ZipFile, table: str) -> list[dict[str, Any]]:
    names = [name for name in found.namelist() if name.startswith(f"rows/{table}.jsonl")]
    names += sorted(name for name in found.namelist() if name.startswith(f"rows/{table}-"))
    return [json.loads(line) for name in names for line in found.read(name).splitlines()]


def test_every_table_of_an_organization_is_in_it() -> None:
    expected = METADATA.tables.keys() - WITHOUT_CONTENT - NOTHING_TO_SAY | {"users"}
    assert {table.name for table in tables_to_take()} == expected


def test_no_hash_and_nothing_sealed_is_in_it() -> None:
    columns = [(table, column) for table in tables_to_take() for column in columns_to_take(table)]
    taken = {f"{table.name}.{column.name}" for table, column in columns}
    assert "users.email" in taken
    assert "recipients.shown" in taken
    for secret in ("users.password_hash", "recipients.sealed_address", "recipients.sealed_secret"):
        assert secret not in taken


async def test_rows_pictures_and_what_is_missing_are_in_the_file(
    client: httpx2.AsyncClient, app: FastAPI, database: Database, full: FullOrganization
) -> None:
    async with database.work_for(full.organization_id) as work:
        ids = select(Capture.id).where(Capture.organization_id == full.organization_id)
        kept = {str(id_) for id_ in await work.session.scalars(ids)}
    lost = await make_capture(database, full.device)
    answer = await ask(client, full.owner)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    found = zipfile.ZipFile(BytesIO(answer.content))
    assert found.testzip() is None
    for table in tables_to_take():
        assert rows(found, table.name), table.name
    assert {row["id"] for row in rows(found, "captures")} == kept | {str(lost.id)}
    pictures = [name for name in found.namelist() if name.startswith("pictures/")]
    assert len(pictures) == len(kept)
    assert all(any(id_ in name for name in pictures) for id_ in kept)
    assert found.read(pictures[0]).startswith(b"\xff\xd8")
    contents = json.loads(found.read(found.namelist()[-1]))
    assert contents["counts"]["pictures"] == len(kept)
    assert contents["missing_pictures"] == [str(lost.id)]
    assert len({row["organization_id"] for row in rows(found, "devices")}) == 1
    async with database.work_for(full.organization_id) as work:
        noted = select(AuditEntry.actor).where(AuditEntry.action == "organization.exported")
        assert await work.scalar(noted) == full.owner.email
        assert await work.scalar(select(Export.token)) is None


async def test_a_table_of_many_rows_is_in_several_parts_each_row_once(
    client: httpx2.AsyncClient,
    app: FastAPI,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    captures = [await make_capture(database, device) for _ in range(5)]
    for capture in captures:
        key = image_key(owner.organization_id, capture.received_at, capture.id)
        await app.state.store.put(key, encode(draw()))
    found = zipfile.ZipFile(BytesIO((await ask(client, owner)).content))
    taken = [row["id"] for row in rows(found, "captures")]
    assert sorted(taken) == sorted(str(capture.id) for capture in captures)
    assert "rows/captures-3.jsonl" in found.namelist()


async def test_there_is_one_at_a_time_and_a_broken_one_gives_way(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    async with database.work_for(owner.organization_id) as work:
        broken = await take_turn(work)
    refused = await ask(client, owner)
    assert (refused.status_code, code_of(refused)) == (409, "export_running")
    assert int(refused.headers["Retry-After"]) >= 30
    async with database.work_for(owner.organization_id) as work:
        await work.execute(update(Export).values(alive_until=utc_now()))
    assert (await ask(client, owner)).status_code == 200
    async with database.work_for(owner.organization_id) as work:
        with pytest.raises(TurnLost):
            await keep_turn(work, broken)


@pytest.mark.parametrize("end", ["taken out", "stepped down"])
async def test_it_breaks_off_when_whoever_asked_may_not_have_it_any_more(
    app: FastAPI, client: httpx2.AsyncClient, database: Database, end: str
) -> None:
    owner = await make_user(database)
    admin = await make_user(database, owner.organization_id, role=Role.ADMIN)
    device = await make_device(database, owner.organization_id)
    for capture in [await make_capture(database, device) for _ in range(5)]:
        key = image_key(owner.organization_id, capture.received_at, capture.id)
        await app.state.store.put(key, encode(draw()))
    async with database.work_for(owner.organization_id) as work:
        token = await take_turn(work)
    who = await find_person(database, app.state.settings, admin.token, "192.0.2.1")
    file = export.Export(database, app.state.store, who, token).pieces()
    async for piece in file:
        if b"pictures/" in piece:
            break
    member = f"/v1/organization/members/{admin.user_id}"
    if end == "taken out":
        await client.delete(member, headers=owner.headers)
    else:
        await client.patch(member, headers=owner.headers, json={"role": "member"})
    with pytest.raises(TurnLost):
        await anext(file)


async def test_no_connection_is_held_while_a_piece_is_sent(
    app: FastAPI, database_url: URL, full: FullOrganization
) -> None:
    own = Database(database_url, pool_size=1)
    async with own.work_for(full.organization_id) as work:
        await work.execute(update(Export).values(alive_until=utc_now()))
        token = await take_turn(work)
    pool = own._engine.pool
    assert isinstance(pool, QueuePool)
    who = await find_person(own, app.state.settings, full.owner.token, "192.0.2.1")
    file = export.Export(own, app.state.store, who, token)
    held = [pool.checkedout() async for _ in file.pieces()]
    assert len(held) > 20
    assert set(held) == {0}
    await own.dispose()


async def test_members_may_not_take_everything_along(
    client: httpx2.AsyncClient, database: Database
) -> None:
    member = await make_user(database, role=Role.MEMBER)
    assert (await ask(client, member)).status_code == 403


@pytest.mark.parametrize(
    ("organization", "expected"),
    [
        ("Harbour Labs", "visant-harbour-labs-2026-11-22.zip"),
        ('"; evil\r\n', "visant-evil-2026-11-22.zip"),
        ("日本", "visant-2026-11-22.zip"),
    ],
)
def test_the_file_is_called_after_the_organization(organization: str, expected: str) -> None:
    assert file_name(organization, utc_now().date().replace(2026, 11, 22)) == expected
