"""An organization with many cameras and a long history, made straight in the database.

The cameras took a still every so many seconds, up to now. Only what a page shows first has its
picture in the store: each camera's newest capture, and a whole page of the first camera's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from sqlalchemy import select, text

from cloud.accounts.models import Role
from cloud.accounts.sessions import open_browser_session
from cloud.captures.models import Capture
from cloud.kit.database import Database
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store
from device.wire import TriggerConfig
from tests.factories import SomeDevice, Someone, make_device, make_organization, make_user

FILLED_AT_ONCE = 50
"""Of each camera: a statement of ours may take five seconds."""

ON_A_PAGE = 50
STILL = (1280, 720)
THUMBNAIL = (400, 225)

Pixels = np.ndarray[Any, Any]


@dataclass(frozen=True)
class House:
    """`session` is the token of the owner's browser; `people` are those who look as well."""

    organization_id: UUID
    session: str
    people: Sequence[Someone]
    cameras: Sequence[SomeDevice]


@dataclass(frozen=True)
class Size:
    """How many cameras, and each one's history: how many captures, how many seconds apart."""

    cameras: int = 100
    captures_each: int = 4000
    interval_seconds: float = TriggerConfig.interval_seconds


async def fill_house(database: Database, store: Store, size: Size, *, people: int) -> House:
    organization_id = await make_organization(database, device_limit=size.cameras)
    owner = await make_user(database, organization_id)
    others = [await make_user(database, organization_id, role=Role.MEMBER) for _ in range(people)]
    async with database.work() as work:
        session = await open_browser_session(
            work, owner.user_id, address="127.0.0.1", user_agent=None
        )
    cameras = [
        await make_device(database, organization_id, friendly_name=f"Camera {number + 1}")
        for number in range(size.cameras)
    ]
    await _fill_history(database, cameras, size)
    for number, camera in enumerate(cameras):
        await _store_pictures(database, store, camera, ON_A_PAGE if number == 0 else 1)
    return House(organization_id, session, others, cameras)


async def _fill_history(database: Database, cameras: Sequence[SomeDevice], size: Size) -> None:
    """In the order in which the captures came, so that those of one camera lie apart."""
    (organization_id,) = {camera.organization_id for camera in cameras}
    for first in range(0, size.captures_each, FILLED_AT_ONCE):
        async with database.work_for(organization_id) as work:
            values = {
                "organization_id": organization_id,
                "of_each": size.captures_each,
                "first": first,
                "last": min(first + FILLED_AT_ONCE, size.captures_each) - 1,
                "interval": size.interval_seconds,
            }
            await work.execute(FILL, values)


async def _store_pictures(
    database: Database, store: Store, camera: SomeDevice, newest: int
) -> None:
    statement = (
        select(Capture.id, Capture.received_at)
        .where(
            Capture.organization_id == camera.organization_id,
            Capture.device_id == camera.device_id,
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(newest)
    )
    async with database.work_for(camera.organization_id) as work:
        rows = (await work.execute(statement)).all()
    for row in rows:
        still = draw_still(row.id.int % 2**32)
        key = camera.organization_id, row.received_at, row.id
        await store.put(image_key(*key), encode(still))
        await store.put(thumbnail_key(*key), encode(cv2.resize(still, THUMBNAIL)))


def draw_still(number: int) -> Pixels:
    """A still that differs from every other one and is about as hard to compress as a room."""
    dice = np.random.default_rng(number)
    rough = dice.integers(0, 255, (STILL[1] // 40, STILL[0] // 40, 3), np.uint8)
    scene = cv2.resize(rough, STILL, interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noisy: Pixels = scene + dice.integers(-6, 7, scene.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def encode(pixels: Pixels) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


FILL = text("""
INSERT INTO captures (id, organization_id, device_id, unit_id, captured_at, received_at,
                      evaluation_status, evaluated_at, state, score, reason, description_version,
                      spool_id, sequence, trigger_label, sha256, etag, bytes, width, height, phash)
SELECT gen_random_uuid(), d.organization_id, d.id, d.unit_id, at, at + interval '1 second',
       'completed', at + interval '3 seconds', state, 0.93,
       CASE state WHEN 'normal' THEN 'The bench is clear and the lid is closed, as described.'
                  ELSE 'A cardboard box stands on the bench where nothing should be.' END,
       1, 'bench', number, 'interval', md5(d.id::text || number), md5(d.id::text || number),
       180000, 1280, 720, 0
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS number
CROSS JOIN devices d
CROSS JOIN LATERAL (
  SELECT now() - (:of_each - number) * CAST(:interval AS float) * interval '1 second' AS at,
         CASE WHEN number % 97 = 0 THEN 'abnormal' ELSE 'normal' END AS state
) AS made
WHERE d.organization_id = :organization_id
ORDER BY number, d.id
""")
