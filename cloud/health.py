"""The pulse: is the process alive, is it ready, how is it doing."""

import asyncio
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

from cloud.accounts.access import bearer_token, identify
from cloud.kit.access import ANYONE, Audience
from cloud.kit.database import Database
from cloud.kit.errors import Forbidden, Problem
from cloud.kit.json import JsonAnswer
from cloud.kit.migrations import head_revision
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings
from cloud.storage.resources import TheStore
from cloud.storage.store import Store
from version import __version__

router = APIRouter(tags=["Health"])


@dataclass
class WorkerPulse:
    """Which workers this process runs; `/ready` looks whether all of them still do."""

    tasks: dict[str, asyncio.Task[None]]

    def stopped(self) -> list[str]:
        return [name for name, task in self.tasks.items() if task.done()]


class Checking:
    """One look at what is needed at a time: whoever asks meanwhile is told what it finds.

    A look takes a connection and writes to the disk, and anybody may ask: hundreds at once turned
    the answer red by asking.
    """

    def __init__(self) -> None:
        self._look: asyncio.Task[dict[str, str]] | None = None

    async def look(
        self, check: Callable[[], Coroutine[None, None, dict[str, str]]]
    ) -> dict[str, str]:
        """What `check` finds, or finds already."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(check())
        return await asyncio.shield(self._look)  # whoever goes away takes it from nobody else


async def _checking(connection: HTTPConnection) -> Checking:
    checking: Checking = connection.app.state.checking
    return checking


async def _pulse(connection: HTTPConnection) -> WorkerPulse:
    pulse: WorkerPulse = connection.app.state.worker_pulse
    return pulse


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ok", "version": __version__}]}
    )

    status: Literal["ok"]
    version: str


class Readiness(BaseModel):
    """`checks`: `ok`, or what is wrong, for each thing that is needed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "checks": {
                        "database": "ok",
                        "migrations": "ok",
                        "storage": "ok",
                        "workers": "ok",
                    },
                }
            ]
        }
    )

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]


@router.get("/health", dependencies=[ANYONE])
async def health() -> Health:
    """The process is alive."""
    return Health(status="ok", version=__version__)


@router.get(
    "/ready",
    dependencies=[ANYONE],
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Something that is needed is not there."}},
)
async def ready(
    database: TheDatabase,
    store: TheStore,
    pulse: Annotated[WorkerPulse, Depends(_pulse)],
    checking: Annotated[Checking, Depends(_checking)],
) -> JsonAnswer:
    """Whether everything that this process needs is there; 503 names what is not."""
    checks = await checking.look(lambda: _check(database, store, pulse))
    healthy = all(check == "ok" for check in checks.values())
    status = "ok" if healthy else "unavailable"
    return JsonAnswer({"status": status, "checks": checks}, 200 if healthy else 503)


class MetricsGate:
    """Lets in platform admins, and whoever scrapes with `METRICS_TOKEN`."""

    audience = Audience.METRICS

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> None:
        if _is_scraper(request, settings):
            return
        person = await identify(request, database, settings)
        if not person.is_platform_admin:
            raise Forbidden("not_platform_admin", "This is for the people who run this Visant.")


def _is_scraper(request: Request, settings: Settings) -> bool:
    token, expected = bearer_token(request), settings.metrics_token
    return bool(
        token
        and expected
        and hmac.compare_digest(token.encode(), expected.get_secret_value().encode())
    )


@router.get("/metrics", dependencies=[Depends(MetricsGate())], response_class=PlainTextResponse)
async def metrics() -> Response:
    """Counters and gauges in Prometheus' text form."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _check(database: Database, store: Store, pulse: WorkerPulse) -> dict[str, str]:
    return {
        **await _check_database(database),
        "storage": await _check_store(store),
        "workers": _check_workers(pulse),
    }


async def _check_database(database: Database) -> dict[str, str]:
    try:
        async with database.work() as work:
            revision = await work.scalar(text("SELECT version_num FROM alembic_version"))
        bypasses = await database.can_bypass_row_security()
    except Problem as problem:
        return {"database": problem.detail, "migrations": "unknown"}
    return {
        "database": "the role could bypass row-level security" if bypasses else "ok",
        "migrations": "ok" if revision == head_revision() else f"at {revision}",
    }


async def _check_store(store: Store) -> str:
    state = await store.health()
    return "ok" if state.healthy else state.reason or "unavailable"


def _check_workers(pulse: WorkerPulse) -> str:
    """A copy that only serves has its listeners: without them its pages would stand still."""
    stopped = pulse.stopped()
    return "ok" if pulse.tasks and not stopped else f"stopped: {', '.join(stopped) or 'all'}"
