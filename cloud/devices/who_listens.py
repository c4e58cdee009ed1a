"""Which devices listen to which process: rows, believed as long as that process lives.

A process renews one small row of its own, however many cameras listen to it, and a camera counts as
listening only while that lease holds by the database's clock. So nobody counts as listening to a
process that was killed, hangs or has lost the database, whatever its other rows say.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from cloud.devices.models import CommandStream, ServerProcess
from cloud.kit.database import OrganizationWork, Work

LEASE_SECONDS = 10.0
"""A killed process's cameras count as connected for this long at the most."""


async def is_connected(work: OrganizationWork, device_id: UUID) -> bool:
    """Whether the device listens to any living process now."""
    listens = exists().where(
        CommandStream.device_id == device_id,
        ServerProcess.id == CommandStream.process_id,
        ServerProcess.alive_until > func.clock_timestamp(),
    )
    return bool(await work.scalar(select(listens)))


async def renew_process(work: Work, process_id: UUID) -> bool:
    """This process lives; False where it was not known, nor who listens to it."""
    until = func.clock_timestamp() + timedelta(seconds=LEASE_SECONDS)
    mine = ServerProcess.id == process_id
    if await work.run(update(ServerProcess).where(mine).values(alive_until=until)):
        return True
    process = insert(ServerProcess).values(id=process_id, alive_until=until)
    await work.execute(process.on_conflict_do_nothing())
    return False


async def forget_dead(work: Work) -> None:
    """Sweep up the processes that died without a word, and who listened to them."""
    ended = ServerProcess.alive_until < func.clock_timestamp()
    await work.execute(delete(ServerProcess).where(ended))
    known = exists().where(ServerProcess.id == CommandStream.process_id)
    await work.execute(delete(CommandStream).where(~known))


async def note_listening(work: Work, process_id: UUID, device_ids: Collection[UUID]) -> None:
    """These devices listen to this process; nothing is noted while that is not known."""
    await work.execute(NOTE, {"process_id": process_id, "device_ids": sorted(device_ids)})


async def forget_listening(work: Work, process_id: UUID, device_ids: Collection[UUID]) -> None:
    """These do not any more."""
    await work.execute(
        delete(CommandStream).where(
            CommandStream.process_id == process_id, CommandStream.device_id.in_(device_ids)
        )
    )


async def forget_process(work: Work, process_id: UUID) -> None:
    """Nobody listens to this process any more: it stops."""
    await work.execute(delete(ServerProcess).where(ServerProcess.id == process_id))
    await work.execute(delete(CommandStream).where(CommandStream.process_id == process_id))


NOTE = text("""
INSERT INTO command_streams (device_id, process_id)
SELECT unnest(CAST(:device_ids AS uuid[])), id FROM server_processes WHERE id = :process_id
ON CONFLICT (device_id, process_id) DO NOTHING
""")
