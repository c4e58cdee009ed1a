"""What an upload asks of the database: on a slow network each round trip counts."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL

from cloud.captures.images import ImageLimits
from cloud.captures.ingest import ingest
from cloud.captures.upload import Upload
from cloud.captures.upload_routes import UPLOADS
from cloud.devices.access import identify_device
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.limits import spend
from cloud.storage.filesystem import FilesystemStore
from tests.captures.uploading import PICTURE
from tests.factories import make_device, make_organization
from tests.kit.wires import wired

MOST = 6
LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=1_000_000)


async def test_an_upload_takes_few_round_trips(
    database: Database, database_url: URL, tmp_path: Path
) -> None:
    camera = await make_device(database, await make_organization(database))
    store = FilesystemStore(tmp_path / "store")
    async with wired(database_url, tmp_path) as (wire, far_database):
        for sequence in (1, 2):
            before = wire.round_trips
            device = await identify_device(far_database, camera.key, "192.0.2.1")
            await spend(far_database, UPLOADS, str(device.device_id))
            taken = await ingest(far_database, store, LIMITS, device, upload(sequence))
            assert taken.created
        assert wire.round_trips - before <= MOST
    store.close()


def upload(sequence: int) -> Upload:
    return Upload(
        image=PICTURE,
        captured_at=utc_now() - timedelta(seconds=1),
        sequence=sequence,
        spool_id="card",
        idempotency_key=None,
        trigger_id=None,
        trigger_label=None,
        metadata={},
        timing={},
    )
