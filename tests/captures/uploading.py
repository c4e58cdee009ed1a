"""A camera that uploads over real HTTP, and its owner who looks."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from cloud.captures.models import Capture
from cloud.kit.database import Database
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, Someone, loopback_client, make_device, make_user

PICTURE = encode(draw())
AT = "2026-11-22T07:30:00.123Z"


@dataclass(frozen=True)
class Site:
    """An organization with one camera, and clients that speak for its owner and for the camera."""

    database: Database
    owner: Someone
    device: SomeDevice
    client: httpx2.AsyncClient
    uplink: httpx2.AsyncClient

    async def upload(
        self,
        image: bytes = PICTURE,
        form: Mapping[str, str] | None = None,
        *,
        key: str | None = None,
    ) -> httpx2.Response:
        """Upload one picture; `captured_at` is filled in."""
        return await self.uplink.post(
            "/v1/captures",
            data={"captured_at": AT, **(form or {})},
            files={"image": ("picture.jpg", image, "image/jpeg")},
            headers={"Idempotency-Key": key} if key else {},
        )

    async def take(self, image: bytes = PICTURE, **form: str) -> dict[str, Any]:
        """The Capture of an upload that went well."""
        answer = await self.upload(image, form)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def count(self, column: InstrumentedAttribute[Any] = Capture.id) -> int:
        async with self.database.work_for(self.owner.organization_id) as work:
            return int(await work.scalar(select(func.count(column.distinct()))))


@asynccontextmanager
async def open_site(database: Database, base_url: str) -> AsyncIterator[Site]:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id)
    async with (
        loopback_client(base_url=base_url, headers=owner.headers, timeout=30) as client,
        loopback_client(base_url=base_url, headers=device.headers, timeout=30) as uplink,
    ):
        yield Site(database, owner, device, client, uplink)
