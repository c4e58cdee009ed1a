"""Somebody who shares, and a stranger."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from cloud.kit.database import Database
from tests.sharing.arranging import Sharer, coming_by, sharing


@pytest.fixture
async def sharer(app: FastAPI, database: Database, base_url: str) -> AsyncIterator[Sharer]:
    async with sharing(database, app.state.store, base_url) as sharer:
        yield sharer


@pytest.fixture
async def guest(base_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with coming_by(base_url) as guest:
        yield guest
