"""The second wall: PostgreSQL itself shows an organization's work nothing of any other."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import URL, Connection, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from cloud.captures.models import Capture
from cloud.kit.database import APP_ROLE, CAN_BYPASS, Database, OrganizationWork, Work, sqlstate_of
from cloud.kit.ids import new_id
from cloud.tables import APPEND_ONLY, METADATA, WITHOUT_CONTENT, tenant_column
from tests.factories import make_organization
from tests.full_organization import FullOrganization, make_full_organization

TENANT_TABLES = sorted(METADATA.tables.keys() - WITHOUT_CONTENT)
SECURITY_DEFINERS = frozenset({"erase_audit_of_ended_organization"})
"""Functions that may see through row-level security. Each one is argued where it is made."""

INSUFFICIENT_PRIVILEGE = "42501"


@pytest.fixture(scope="module")
async def full(app: FastAPI, database: Database) -> FullOrganization:
    """Others have rows too: an organization beside it."""
    await make_full_organization(database, app.state.store, canary=uuid4().hex[:12])
    return await make_full_organization(database, app.state.store, canary=uuid4().hex[:12])


@pytest.fixture
def owner(database_url: URL) -> Iterator[Connection]:
    """A connection as the owner of the tables, as migrations have it."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_table_is_behind_row_security_or_listed_as_without_content(
    owner: Connection,
) -> None:
    rows = owner.execute(
        text("""
            SELECT relname, relrowsecurity AND relforcerowsecurity AS walled,
              EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd = '*'
                AND polqual IS NOT NULL AND polwithcheck IS NOT NULL) AS policed
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
              AND relname <> 'alembic_version'
            """)
    ).all()
    open_tables = {row.relname for row in rows if not (row.walled and row.policed)}
    assert open_tables == WITHOUT_CONTENT, "say in cloud/tables.py which tables are nobody's"
    assert {row.relname for row in rows} == METADATA.tables.keys()


def test_no_unlisted_function_sees_through_row_security(owner: Connection) -> None:
    found = owner.scalars(
        text(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
    ).all()
    assert set(found) == SECURITY_DEFINERS


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_without_an_organization_no_row_is_seen(
    database: Database, full: FullOrganization, table: str
) -> None:
    count = text(f"SELECT count(*) FROM {table}")  # noqa: S608  # our own names
    async with database.work_for(full.organization_id) as work:
        assert await work.scalar(count), f"make_full_organization must put a row in {table}"
    async with database.work() as work:
        assert await work.scalar(count) == 0
        await work.execute(text("SELECT set_config('app.organization_id', '', true)"))
        assert await work.scalar(count) == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_a_query_that_forgets_its_filter_gives_only_own_rows(
    database: Database, full: FullOrganization, table: str
) -> None:
    forgetful = text(f"SELECT DISTINCT {tenant_column(table)} FROM {table}")  # noqa: S608  # our own names
    async with database.work_for(full.organization_id) as work:
        assert set((await work.execute(forgetful)).scalars()) == {full.organization_id}


async def test_a_write_that_forgets_its_filter_touches_only_own_rows(
    database: Database, full: FullOrganization
) -> None:
    async with database.work_for(await make_organization(database)) as work:
        assert await work.run(text("UPDATE captures SET reason = 'theirs now'")) == 0
        assert await work.run(text("DELETE FROM incidents")) == 0


async def test_a_row_cannot_be_written_into_another_organization(
    database: Database, full: FullOrganization
) -> None:
    async with database.work_for(await make_organization(database)) as work:
        with pytest.raises(DBAPIError) as refused:
            await work.execute(
                text(
                    "INSERT INTO usage_days (organization_id, device_id, day)"
                    " VALUES (:organization_id, :device_id, current_date + 1)"
                ),
                {"organization_id": full.organization_id, "device_id": full.device.device_id},
            )
        assert sqlstate_of(refused.value) == INSUFFICIENT_PRIVILEGE
        await work.session.rollback()


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("change", ["UPDATE {} SET organization_id = NULL", "DELETE FROM {}"])
async def test_what_is_only_appended_to_cannot_be_changed(
    database: Database, full: FullOrganization, table: str, change: str
) -> None:
    async with database.work_for(full.organization_id) as work:
        with pytest.raises(DBAPIError) as refused:
            await work.execute(text(change.format(table)))
        assert sqlstate_of(refused.value) == INSUFFICIENT_PRIVILEGE
        await work.session.rollback()


async def test_the_process_works_as_a_role_that_owns_nothing(
    database: Database, owner: Connection
) -> None:
    async with database.work() as work:
        assert await work.scalar(text("SELECT current_user")) == APP_ROLE
    assert not await database.can_bypass_row_security()
    role = owner.execute(
        text(
            "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole,"
            " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns"
            " FROM pg_roles WHERE rolname = :role"
        ),
        {"role": APP_ROLE},
    ).one()
    assert tuple(role) == (False, False, False, False, False)


def test_the_role_that_migrates_would_be_noticed(owner: Connection) -> None:
    assert owner.scalar(CAN_BYPASS)


async def test_an_organization_never_leaks_over_the_pool(database_url: URL) -> None:
    """Few connections, many organizations at once, every third transaction aborted."""
    database = Database(database_url, pool_size=2)
    organizations = [await make_organization(database) for _ in range(6)]
    turns = [(each, number) for number in range(20) for each in organizations]
    await asyncio.gather(*(take_turn(database, each, number) for each, number in turns))
    async with database.work() as work:
        assert await seen(work) == set()
    await database.dispose()


class Aborted(Exception):
    pass


async def take_turn(database: Database, organization_id: UUID, number: int) -> None:
    if number % 3 == 0:
        await abort(database, organization_id)
    async with database.work_for(organization_id) as work:
        await look(work)
    async with database.work() as nobody:
        assert await seen(nobody) == set()


async def abort(database: Database, organization_id: UUID) -> None:
    with suppress(Aborted):
        async with database.work_for(organization_id) as work:
            await look(work)
            raise Aborted


async def look(work: OrganizationWork) -> None:
    assert await seen(work) == {work.organization_id}


async def seen(work: Work) -> set[UUID]:
    return set((await work.execute(text("SELECT id FROM organizations"))).scalars())


async def test_a_transaction_that_failed_in_the_database_leaves_no_organization(
    database_url: URL,
) -> None:
    database = Database(database_url, pool_size=1)
    organization_id = await make_organization(database)
    with pytest.raises(DBAPIError):
        async with database.work_for(organization_id) as work:
            await work.execute(text("SELECT 1 / 0"))
    async with database.work() as nobody:
        assert await seen(nobody) == set()
        assert await nobody.scalar(select(func.count()).select_from(Capture)) == 0
    async with database.work_for(new_id()) as nobody:
        assert await seen(nobody) == set()
    await database.dispose()
