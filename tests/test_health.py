import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import URL

from cloud.app import make_app
from cloud.health import Checking
from cloud.kit.settings import Settings, Workers
from cloud.storage.filesystem import FilesystemStore
from tests.conftest import create_database, serving
from tests.factories import loopback_client, make_user
from tests.storage.failing_operations import FailingOperations
from version import __version__

TOKEN = "a token of those who scrape"


@asynccontextmanager
async def running(
    settings: Settings, database_url: URL
) -> AsyncIterator[tuple[FastAPI, httpx2.AsyncClient]]:
    app = make_app(settings, database_url)
    async with serving(app) as address, loopback_client(base_url=address) as client:
        yield app, client


async def test_a_living_process_says_so_and_which_version_it_is(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": __version__})


async def test_a_process_that_has_all_it_needs_is_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/ready")
    assert answer.status_code == 200
    checks = dict.fromkeys(("database", "migrations", "storage", "workers"), "ok")
    assert answer.json() == {"status": "ok", "checks": checks}


async def test_a_worker_that_has_stopped_is_named(settings: Settings, database_url: URL) -> None:
    """In a copy that only serves too: it listens for news all the same."""
    async with running(settings, database_url) as (app, client):
        task: asyncio.Task[None] = app.state.worker_pulse.tasks["event_streams"]
        task.cancel()
        await asyncio.wait([task])
        answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert answer.json()["checks"]["workers"] == "stopped: event_streams"


async def test_a_store_that_cannot_be_written_is_named(
    app: FastAPI, client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    failing = FailingOperations(fail_at=1, number=errno.EROFS, for_ever=True)
    own, app.state.store = app.state.store, FilesystemStore(tmp_path, operations=failing)
    answer = await client.get("/ready")
    app.state.store.close()
    app.state.store = own
    assert answer.status_code == 503
    assert "Read-only" in answer.json()["checks"]["storage"]
    assert (await client.get("/ready")).status_code == 200


async def test_many_who_ask_at_once_are_told_by_one_look() -> None:
    looks = 0

    async def check() -> dict[str, str]:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return {"storage": f"looked at {looks} times"}

    checking = Checking()
    told = await asyncio.gather(*[checking.look(check) for _ in range(300)])
    assert told == [{"storage": "looked at 1 times"}] * 300
    assert await checking.look(check) == {"storage": "looked at 2 times"}, "none is kept"


async def test_whoever_goes_away_takes_the_look_from_nobody() -> None:
    go_on = asyncio.Event()

    async def check() -> dict[str, str]:
        await go_on.wait()
        return {"storage": "ok"}

    checking = Checking()
    first, second = [asyncio.create_task(checking.look(check)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    go_on.set()
    assert await second == {"storage": "ok"}


async def test_a_database_that_is_away_is_named_while_the_process_lives(
    settings: Settings, database_url: URL
) -> None:
    nowhere = database_url.set(query={}, host="127.0.0.1", port=1)
    async with running(settings, nowhere) as (_, client):
        answer = await client.get("/ready")
        alive = await client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] != "ok"
    assert str(nowhere.password or "visant@") not in answer.text
    assert alive.status_code == 200


async def test_a_database_at_another_revision_is_named(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.health.head_revision", lambda: "9999_of_the_future")
    answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"].startswith("at ")


async def test_metrics_are_for_those_who_scrape_with_the_token(
    settings: Settings, database_url: URL
) -> None:
    with_token = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    async with running(with_token, database_url) as (app, client):
        owner = await make_user(app.state.database)
        answers = [
            await client.get("/metrics", headers=headers)
            for headers in (
                {"Authorization": f"Bearer {TOKEN}"},
                {"Authorization": f"Bearer {TOKEN[:-1]}"},
                {"Authorization": "Bearer something else"},
                {},
                owner.headers,
            )
        ]
    assert [each.status_code for each in answers] == [200, 401, 401, 401, 403]
    assert answers[0].headers["content-type"].startswith("text/plain")
    assert "# HELP" in answers[0].text


async def test_without_a_token_set_an_empty_one_opens_nothing(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Authorization": "Bearer"})
    assert answer.status_code == 401


async def test_a_copy_that_only_works_tells_its_pulse_and_serves_nothing_else(
    settings: Settings, server_url: URL, worker_id: str
) -> None:
    """On a database of its own: else it would do all the work that other tests have left."""
    only = settings.model_copy(update={"workers": Workers.ONLY})
    async with running(only, create_database(server_url, f"works_{worker_id}")) as (_, client):
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/ready")).status_code == 200
        for path in ("/v1/captures", "/ui", "/login", "/"):
            answer = await client.get(path, headers={"Accept": "text/html"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
