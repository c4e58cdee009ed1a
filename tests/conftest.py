"""What all tests stand on: a real PostgreSQL, the real application over real HTTP on loopback.

Tests share one installation and keep apart as customers do: each makes an organization of its own.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address
from pathlib import Path

import httpx2
import pytest
from argon2.profiles import CHEAPEST
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from cloud.accounts.hashing import Hasher
from cloud.accounts.resources import make_identity
from cloud.app import make_app
from cloud.kit.connections import TimedProtocol, TimedSocketProtocol
from cloud.kit.database import Database
from cloud.kit.database_url import normalize_database_url
from cloud.kit.embedded_postgres import start_embedded
from cloud.kit.migrations import upgrade_database
from cloud.kit.server import make_server
from cloud.kit.settings import Settings, Workers
from tests.factories import SHORT_LIVED, loopback_client


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walks come first: begun last, the longest keeps one process busy while another idles."""
    items.sort(key=lambda item: item.get_closest_marker("walk") is None)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[URL]:
    """A PostgreSQL server that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    embedded = start_embedded(shared / "postgres-home", durable=False)
    yield normalize_database_url(embedded.url)
    embedded.discard()


@pytest.fixture(scope="session")
def database_url(server_url: URL, worker_id: str) -> URL:
    """A migrated database of this test process's own."""
    return create_database(server_url, f"visant_{worker_id}")


def create_database(server_url: URL, name: str) -> URL:
    """A migrated database: a copy of one that is migrated once for all test processes."""
    engine = create_engine(server_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(1)"))  # until the connection is closed
        known = connection.scalar(text(f"SELECT 1 FROM pg_database WHERE datname = '{MOULD}'"))  # noqa: S608  # our own name
        if not known:
            connection.execute(text(f"CREATE DATABASE {MOULD}_unfinished"))
            upgrade_database(server_url.set(database=f"{MOULD}_unfinished"))
            connection.execute(text(f"ALTER DATABASE {MOULD}_unfinished RENAME TO {MOULD}"))
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {MOULD}"))
    engine.dispose()
    return server_url.set(database=name)


MOULD = "visant_mould"


@pytest.fixture(scope="session")
def data_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def settings(data_directory: Path) -> Settings:
    """Workers are off: a test that wants a verdict or a mail takes the worker's turn itself."""
    return Settings(
        _env_file=None,
        secret_key=SecretStr("a secret key of tests, long enough"),
        visant_data_dir=data_directory,
        workers=Workers.OFF,
        platform_admin_emails=[PLATFORM_ADMIN],
        trusted_proxies=["127.0.0.1"],
        retry_scale=0.01,
        sse_ping_seconds=0.5,
    )


PLATFORM_ADMIN = "platform@visant.test"


@pytest.fixture(scope="session")
async def app(settings: Settings, database_url: URL) -> AsyncIterator[FastAPI]:
    """With cheap hashing: what Argon2id's parameters are good for is tested by itself."""
    app = make_app(settings, database_url)
    app.state.hasher = Hasher(CHEAPEST)
    app.state.identity = make_identity(app.state.database, app.state.hasher)
    async with serving(app) as base_url:
        app.state.test_base_url = base_url
        yield app


@pytest.fixture(scope="session")
def base_url(app: FastAPI) -> str:
    url: str = app.state.test_base_url
    return url


@pytest.fixture(scope="session")
def database(app: FastAPI) -> Database:
    found: Database = app.state.database
    return found


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody with no credential, at an address of their own: limits count by address."""
    here = {"X-Forwarded-For": str(IPv6Address(secrets.randbits(128)))}
    async with loopback_client(
        base_url=base_url, headers=here, timeout=30, limits=SHORT_LIVED
    ) as client:
        yield client


def listen() -> socket.socket:
    """A free port of loopback. asyncio answers at once only where a socket names TCP: from others
    it takes the kernel's wait for more to send, 40 ms an answer."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


@asynccontextmanager
async def serving(
    app: FastAPI,
    *,
    protocol: type[TimedProtocol] = TimedProtocol,
    sockets: type[TimedSocketProtocol] = TimedSocketProtocol,
) -> AsyncIterator[str]:
    """The application behind real HTTP on a free port of loopback; its address."""
    listener = listen()
    server = make_server(
        app,
        host="127.0.0.1",
        port=0,
        stopping=app.state.stopping,
        protocol=protocol,
        sockets=sockets,
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110  # uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.state.stopping.set()
        server.should_exit = True
        await task
