"""The migrations and the models say the same; migrating may be repeated, and run at once."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import URL, Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from cloud.kit.migrations import ROOT, head_revision, upgrade_database
from cloud.tables import METADATA

PLANNED_INDEXES = {
    "idx_captures_org_device_captured": "captures",
    "idx_captures_org_date": "captures",
    "idx_captures_evaluation_status": "captures",
    "idx_devices_org": "devices",
    "idx_users_org": "users",
}
"""Named in the plan: operators know them by these names."""


@pytest.fixture
def empty_database(server_url: URL) -> Iterator[URL]:
    """A database without any table."""
    with fresh_database(server_url) as url:
        yield url


@pytest.fixture
def other_database(server_url: URL) -> Iterator[URL]:
    with fresh_database(server_url) as url:
        yield url


@contextmanager
def fresh_database(server_url: URL) -> Iterator[URL]:
    name = f"schema_{uuid4().hex[:12]}"
    administrator = create_engine(server_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server_url.set(database=name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    engine = create_engine(empty_database, poolclass=NullPool)
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_that_of_the_models(empty_database: URL, engine: Engine) -> None:
    upgrade_database(empty_database)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == head_revision()
    assert found == []


def test_the_indexes_of_the_plan_are_there_by_name(empty_database: URL, engine: Engine) -> None:
    upgrade_database(empty_database)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public'")
        )
        found = {row.indexname: row.tablename for row in rows}
    assert PLANNED_INDEXES.items() <= found.items()


def test_everything_can_be_taken_back_and_done_again(empty_database: URL, engine: Engine) -> None:
    upgrade_database(empty_database)
    with engine.connect() as connection:
        first = describe(engine)
        config = Config(ROOT / "alembic.ini")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade_database(empty_database)
    assert describe(engine) == first


def test_repeating_the_upgrade_changes_nothing(empty_database: URL, engine: Engine) -> None:
    upgrade_database(empty_database)
    first = describe(engine)
    upgrade_database(empty_database)
    assert describe(engine) == first


async def test_processes_that_start_at_once_migrate_once(
    empty_database: URL, engine: Engine
) -> None:
    said = await asyncio.gather(*(run_upgrade(empty_database) for _ in range(3)))
    assert [status for status, _ in said] == [0, 0, 0], said
    assert set(inspect(engine).get_table_names()) == {*METADATA.tables, "alembic_version"}


async def test_databases_of_one_server_can_be_migrated_at_once(
    empty_database: URL, other_database: URL
) -> None:
    """They share the role that processes work as."""
    said = await asyncio.gather(*(run_upgrade(url) for url in (empty_database, other_database)))
    assert [status for status, _ in said] == [0, 0], said


async def run_upgrade(url: URL) -> tuple[int | None, bytes]:
    """`alembic upgrade head` as a process starts it; its exit status, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "upgrade", "head"),
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.render_as_string(hide_password=False)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    return process.returncode, errors


def describe(engine: Engine) -> list[tuple[str, ...]]:
    """Every column, index, policy and grant, as PostgreSQL's catalogue says it."""
    with engine.connect() as connection:
        rows = [row for each in CATALOGUE for row in connection.execute(text(each))]
    return sorted(tuple(map(str, row)) for row in rows)


CATALOGUE = (
    """SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '')
       FROM information_schema.columns WHERE table_schema = 'public'""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tablename, policyname, qual, with_check FROM pg_policies",
    """SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants
       WHERE table_schema = 'public'""",
    """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace""",
)
