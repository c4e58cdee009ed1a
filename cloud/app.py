"""The application: makes each long-lived thing once, hands it down, mounts the rooms' routes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from sqlalchemy import URL

from cloud.accounts.resources import make_identity
from cloud.accounts.routes import router as accounts
from cloud.kit.access import roll_call
from cloud.kit.bells import Bells
from cloud.kit.database import Database
from cloud.kit.problems import install_problems
from cloud.kit.settings import Settings
from version import __version__

ROUTERS: Sequence[APIRouter] = (accounts,)


def make_app(settings: Settings, database_url: URL) -> FastAPI:
    """One process's application. Raises UndeclaredRoute where a route has no gate."""
    app = FastAPI(
        title="Visant",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=MAX_JSON_BYTES,
    )
    app.state.settings = settings
    app.state.database = Database(database_url)
    app.state.bells = Bells(database_url)
    app.state.identity = make_identity(app.state.database)
    app.state.stopping = asyncio.Event()
    install_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    app.state.routes = roll_call(app, public_mounts=frozenset({"/static"}))
    return app


MAX_JSON_BYTES = 1024 * 1024


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(app.state.bells.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.state.database.dispose()
