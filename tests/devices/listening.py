"""A camera that listens to its commands, and says what became of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2

from cloud.devices.commands import put_command
from cloud.devices.queries import get_device
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from tests.events.listening import Listener
from tests.factories import SomeDevice, loopback_client


@asynccontextmanager
async def commands(
    base_url: str, device: SomeDevice, *, after: int | str | None = None, **query: str
) -> AsyncIterator[Listener]:
    """The camera's open stream."""
    headers = dict(device.headers)
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    path = f"/v1/devices/{device.unit_id}/commands"
    async with (
        loopback_client(base_url=base_url, headers=headers, timeout=30) as client,
        client.stream("GET", path, params=query) as response,
    ):
        yield Listener(response)


async def ask(database: Database, device: SomeDevice, *, label: str | None = None) -> UUID:
    """Put a command; its id."""
    async with database.work_for(device.organization_id) as work:
        row = await get_device(work, device.unit_id, lock=True)
        return await put_command(work, row, trigger_id=new_id(), kind="manual", label=label)


async def acknowledge(
    client: httpx2.AsyncClient, device: SomeDevice, command_id: Any, **body: Any
) -> int:
    answer = await client.post(
        f"/v1/devices/{device.unit_id}/commands/{command_id}/ack",
        json=body,
        headers=device.headers,
    )
    return answer.status_code
