"""Somebody who owns a fresh organization, and somebody of another."""

from collections.abc import AsyncIterator

import pytest

from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.devices.arranging import Signed, owner_of
from tests.devices.arranging import platform_admin as make_platform_admin


@pytest.fixture
async def owner(database: Database, base_url: str) -> AsyncIterator[Signed]:
    async with owner_of(database, base_url) as signed:
        yield signed


@pytest.fixture
async def stranger(database: Database, base_url: str) -> AsyncIterator[Signed]:
    async with owner_of(database, base_url) as signed:
        yield signed


@pytest.fixture
async def platform_admin(
    database: Database, base_url: str, settings: Settings
) -> AsyncIterator[Signed]:
    async with make_platform_admin(database, base_url, settings) as signed:
        yield signed
