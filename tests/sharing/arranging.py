"""A camera whose pictures are shared, and strangers who come by the links."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import update

from cloud.captures.models import Capture
from cloud.kit.database import Database
from cloud.sharing.models import ShareLink
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store
from tests.captures.pictures import draw, encode
from tests.factories import (
    SomeDevice,
    Someone,
    loopback_client,
    make_capture,
    make_device,
    make_user,
)
from tests.web.driving import somewhere

PICTURE = encode(draw())


@dataclass(frozen=True)
class Sharer:
    """Somebody who owns an organization with one camera, and shares what it sees."""

    database: Database
    store: Store
    someone: Someone
    device: SomeDevice
    client: httpx2.AsyncClient

    async def share(self, share_type: str = "device", **body: Any) -> dict[str, Any]:
        """A new link, as its maker sees it once."""
        answer = await self.ask(share_type, **body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def ask(self, share_type: str = "device", **body: Any) -> httpx2.Response:
        path = f"/v1/devices/{self.device.unit_id}/share"
        return await self.client.post(path, json={"share_type": share_type, **body})

    async def capture(self, *, device: SomeDevice | None = None, **values: Any) -> Capture:
        """A capture with its picture in the store."""
        capture = await make_capture(self.database, device or self.device, **values)
        for key in (image_key, thumbnail_key):
            where = key(capture.organization_id, capture.received_at, capture.id)
            await self.store.put(where, PICTURE)
        return capture

    async def link(self, made: dict[str, Any]) -> dict[str, Any]:
        """A link as the list has it."""
        links = (await self.client.get("/v1/share-links")).json()["share_links"]
        found: dict[str, Any] = next(link for link in links if link["id"] == made["id"])
        return found

    async def change(self, made: dict[str, Any], **columns: Any) -> None:
        """As if time had passed."""
        async with self.database.work_for(self.someone.organization_id) as work:
            await work.execute(
                update(ShareLink).where(ShareLink.id == made["id"]).values(**columns)
            )


@asynccontextmanager
async def sharing(database: Database, store: Store, base_url: str) -> AsyncIterator[Sharer]:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    async with loopback_client(base_url=base_url, headers=someone.headers, timeout=30) as client:
        yield Sharer(database, store, someone, device, client)


@asynccontextmanager
async def coming_by(base_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A stranger at an address of their own, who keeps cookies."""
    async with loopback_client(base_url=base_url, headers=somewhere(), timeout=30) as client:
        yield client


async def open_gallery(guest: httpx2.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    answer = await guest.get(f"/api/s/{made['token']}")
    assert answer.status_code == 200, answer.text
    gallery: dict[str, Any] = answer.json()
    return gallery
