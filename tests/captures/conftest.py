from collections.abc import AsyncIterator

import pytest

from cloud.kit.database import Database
from tests.captures.uploading import Site, open_site


@pytest.fixture
async def site(database: Database, base_url: str) -> AsyncIterator[Site]:
    """An organization of this test's own, with one camera."""
    async with open_site(database, base_url) as site:
        yield site
