"""Which devices listen to which process: rows, believed as long as they are renewed."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, text

from cloud.devices.models import CommandStream
from cloud.kit.database import Work


async def note_listening(
    work: Work, process_id: UUID, device_ids: Collection[UUID], *, seconds: float
) -> None:
    """These devices listen to this process, and are believed to for so long."""
    values = {"process_id": process_id, "device_ids": sorted(device_ids), "seconds": seconds}
    await work.execute(NOTE, values)


async def forget_listening(work: Work, process_id: UUID, device_ids: Collection[UUID]) -> None:
    """These do not any more; nor does whoever listened to a process that has died."""
    await work.execute(
        delete(CommandStream).where(
            CommandStream.process_id == process_id, CommandStream.device_id.in_(device_ids)
        )
    )
    await work.execute(
        delete(CommandStream).where(CommandStream.alive_until < func.clock_timestamp())
    )


async def forget_process(work: Work, process_id: UUID) -> None:
    """Nobody listens to this process any more: it stops."""
    await work.execute(delete(CommandStream).where(CommandStream.process_id == process_id))


NOTE = text("""
INSERT INTO command_streams (device_id, process_id, alive_until)
SELECT unnest(CAST(:device_ids AS uuid[])), :process_id,
  clock_timestamp() + make_interval(secs => :seconds)
ON CONFLICT (device_id, process_id) DO UPDATE SET alive_until = excluded.alive_until
""")
