"""Asking for a look at whether a camera is really being watched.

Whoever changes what that depends on puts the camera in this queue, in the transaction of the
change; the room of watch, above, takes it out. Lock the device's row before, and append news after:
all who hold several of these locks take them in that order.
"""

from uuid import UUID

from cloud.kit.database import OrganizationWork
from cloud.kit.queue import Queue

WATCHING = Queue("watching")
"""Active devices (their row ids), due when they are to be looked at."""


async def ask_for_look(work: OrganizationWork, device_id: UUID) -> None:
    """Have the device behind a row's id looked at once this transaction is committed."""
    await WATCHING.put(work, device_id, work.organization_id)
