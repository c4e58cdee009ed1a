"""The store that the application made, handed down to routes."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloud.storage.store import Store


async def _store(connection: HTTPConnection) -> Store:
    store: Store = connection.app.state.store
    return store


TheStore = Annotated[Store, Depends(_store)]
