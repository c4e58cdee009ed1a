"""What the tests of telling people stand on: a camera of its own organization, and its post."""

from pathlib import Path

import pytest

from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from tests.alerts.cameras import Camera, make_camera
from tests.alerts.sending import Post


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@pytest.fixture
def post(camera: Camera, settings: Settings, tmp_path: Path) -> Post:
    store = FilesystemStore(tmp_path / "store", threads=1)
    return Post(camera.database, camera.owner.organization_id, settings, store)
