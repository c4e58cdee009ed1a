"""A camera of an owner who is signed in, and the address of its descriptions."""

from collections.abc import AsyncIterator

import pytest

from cloud.kit.database import Database
from tests.devices.arranging import Signed, owner_of
from tests.factories import SomeDevice, make_device


@pytest.fixture
async def owner(database: Database, base_url: str) -> AsyncIterator[Signed]:
    async with owner_of(database, base_url) as signed:
        yield signed


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


@pytest.fixture
def path(device: SomeDevice) -> str:
    return f"/v1/devices/{device.unit_id}/descriptions"
