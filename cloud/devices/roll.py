"""What a process says of who listens to it: that it lives, and who comes and goes.

The rows behind it, and who believes them, are in `who_listens`.
"""

from collections.abc import Collection
from contextlib import suppress
from uuid import UUID

from cloud.devices.who_listens import (
    forget_dead,
    forget_listening,
    forget_process,
    note_listening,
    renew_process,
)
from cloud.kit.database import Database, Work
from cloud.kit.errors import Unavailable
from cloud.kit.ids import new_id


class Roll:
    """Of one process. `listening` are the devices that listen to it now, kept by its streams."""

    def __init__(self, database: Database, listening: Collection[UUID]) -> None:
        self._database = database
        self._listening = listening
        self._process_id = new_id()
        self._is_known = False
        self._gone: set[UUID] = set()

    async def be_known(self) -> None:
        """Have the process known before the first device is noted."""
        if not self._is_known:
            await self.renew()

    async def note(self, work: Work, device_id: UUID) -> None:
        """This device, one of those that listen now, does so from here on."""
        await note_listening(work, self._process_id, [device_id])

    def leave(self, device_id: UUID) -> None:
        """This device has left: it is crossed off with the next renewal."""
        self._gone.add(device_id)

    async def renew(self) -> None:
        """Say that this process lives; where that had been forgotten, again who listens to it."""
        with suppress(Unavailable):
            async with self._database.work() as work:
                if not await renew_process(work, self._process_id):
                    self._is_known = False
                    await forget_dead(work)
            if not self._is_known:  # not before: whoever comes meanwhile listens, or notes itself
                async with self._database.work() as work:
                    await note_listening(work, self._process_id, self._listening)
                self._is_known = True
            await self._cross_off()

    async def end(self) -> None:
        """Nobody listens to this process any more: it stops."""
        with suppress(Unavailable):
            async with self._database.work() as work:
                await forget_process(work, self._process_id)

    async def _cross_off(self) -> None:
        gone, self._gone = self._gone.difference(self._listening), set()
        if not gone:
            return
        try:
            async with self._database.work() as work:
                await forget_listening(work, self._process_id, gone)
                await note_listening(work, self._process_id, gone.intersection(self._listening))
        except Unavailable:
            self._gone |= gone
