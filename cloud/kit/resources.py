"""What the application makes once and hands down to its routes: named here, made in `cloud.app`.

The functions are coroutines though none waits: a plain one would cost each request a thread.
"""

import asyncio
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloud.kit.bells import Bells
from cloud.kit.database import Database
from cloud.kit.settings import Settings


async def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


async def _database(connection: HTTPConnection) -> Database:
    database: Database = connection.app.state.database
    return database


async def _bells(connection: HTTPConnection) -> Bells:
    bells: Bells = connection.app.state.bells
    return bells


async def _stopping(connection: HTTPConnection) -> asyncio.Event:
    stopping: asyncio.Event = connection.app.state.stopping
    return stopping


TheSettings = Annotated[Settings, Depends(_settings)]
TheDatabase = Annotated[Database, Depends(_database)]
TheBells = Annotated[Bells, Depends(_bells)]
Stopping = Annotated[asyncio.Event, Depends(_stopping)]
